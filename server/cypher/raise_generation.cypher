// []: says that a reader could see a change.
MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation + 1
