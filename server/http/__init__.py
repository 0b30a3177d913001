"""HTTP: the API, its page, previews, and whether it lives."""
