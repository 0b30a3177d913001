"""A script applied to one header by full parse, under the strict, safe or archive policy."""
