"""Additions: the built-in plugins. Each comes through the same door as a third party's."""
