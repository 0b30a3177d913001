// [key id, has images?]: of the key that the graph's derived values come from, null in a new graph, and whether it names files.
OPTIONAL MATCH (meta:Meta {name: 'meta'}) RETURN meta.keyId, EXISTS { (:Image) } OR EXISTS { (:Annotation) }
