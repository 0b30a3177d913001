// [1]: if the batch is held under this fencing token. Takes the lock that puts writers in a row.
MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation + 1
WITH meta
MATCH (b:Batch {id: $id, fence: $fence}) WHERE b.state = 'RUNNING'
RETURN 1
