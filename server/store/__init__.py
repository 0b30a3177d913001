"""The store: clean files, and the vault's ciphertext, as named objects."""
