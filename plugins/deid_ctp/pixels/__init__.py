"""Burned-in text: which images carry it, and how it is blanked in their pixels."""
