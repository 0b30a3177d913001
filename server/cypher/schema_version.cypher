// [version]: the schema version of the graph, 0 if it has none.
OPTIONAL MATCH (meta:Meta {name: 'meta'}) RETURN coalesce(meta.schemaVersion, 0)
