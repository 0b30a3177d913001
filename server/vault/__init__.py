"""The vault: originals, encrypted, with no read path but de-identification, repair and review."""
