"""The host of plugins: loading them, keeping their policies, and the archive as they see it."""
