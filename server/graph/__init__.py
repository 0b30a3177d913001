"""The graph: driver, statements, schema, laws of writing."""
