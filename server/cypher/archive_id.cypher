// [key id, [name in the store]]: the key that the graph's derived values come from, null in a new graph, and some of the files it names.
OPTIONAL MATCH (meta:Meta {name: 'meta'})
RETURN meta.keyId,
       COLLECT { MATCH (i:Image) RETURN i.file LIMIT 10 }
       + COLLECT { MATCH (a:Annotation) RETURN a.file LIMIT 10 }
       + COLLECT { MATCH (q:Quarantined) RETURN 'vault/notes/' + q.intakeId LIMIT 10 }
