// []: makes writers that look before they write wait for one another.
MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation
