"""The same result as the engine's, by byte splicing and cached results."""
