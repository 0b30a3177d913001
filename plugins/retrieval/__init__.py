"""Image retrieval: a perceptual hash, and indexes that find the nearest codes."""
