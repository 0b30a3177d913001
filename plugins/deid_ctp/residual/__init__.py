"""The independent check of the clean instance for residual identity."""
