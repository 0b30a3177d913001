// [key id]: of the key that the graph's derived values come from, null in a new graph.
OPTIONAL MATCH (meta:Meta {name: 'meta'}) RETURN meta.keyId
