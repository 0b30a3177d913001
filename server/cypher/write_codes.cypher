// []: writes codes, and raises their encoder's generation by how many there are, so that batches and their order do not matter.
UNWIND $rows AS row
MATCH (i:Image {uid: row.uid})
MERGE (c:Code {key: row.key})
SET c.encoder = row.encoder, c.uid = row.uid, c.bits = row.bits
MERGE (i)-[:HAS_CODE]->(c)
WITH row.encoder AS identity, row.name AS name, row.length AS length, count(*) AS written ORDER BY identity
MERGE (e:Encoder {identity: identity})
ON CREATE SET e.name = name, e.bits = length, e.generation = 0
SET e.generation = e.generation + written
WITH DISTINCT true AS isDone
MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation + 1
