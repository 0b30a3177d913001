"""Evidence: what was done to each file, signed, and a look at files that knows nothing of how they were made."""
