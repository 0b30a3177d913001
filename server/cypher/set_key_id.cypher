// []: writes the key id, once.
MATCH (meta:Meta {name: 'meta'}) WHERE meta.keyId IS NULL SET meta.keyId = $keyId
