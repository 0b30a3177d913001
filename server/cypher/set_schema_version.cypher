// []: writes the schema version.
MERGE (meta:Meta {name: 'meta'})
ON CREATE SET meta.generation = 0
SET meta.schemaVersion = $version
