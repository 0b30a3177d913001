"""CTP's languages and Java's text rules: scripts, expressions, functions, filters, lookup tables."""
