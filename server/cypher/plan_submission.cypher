// [id]: the submission with its batches, written whole; no row if the collection is not there.
MATCH (c:Collection {accession: $collection})
CREATE (s:Submission {id: $id, collection: $collection, state: 'PLANNED', source: $source, keyId: $keyId, by: $by,
                      createdAt: $now, total: $total, isKept: $isKept})
CREATE (s)-[:PRODUCED]->(c)
WITH s
CALL (s) {
  UNWIND $batches AS each
  CREATE (s)-[:HAS_BATCH]->(:Batch {id: each[0], number: each[1], total: each[2], state: 'PLANNED', fence: 0, attempts: 0})
}
CALL (s) {
  MATCH (t:Token {name: $by}) MERGE (t)-[:SUBMITS]->(s)
}
RETURN s.id
