// [id]: the submission with its batches, written whole; no row if the collection is not there. A release of it waits.
MATCH (c:Collection {accession: $collection})
SET c.accession = c.accession
CREATE (s:Submission {id: $id, collection: $collection, state: 'PLANNED', source: $source, keyId: $keyId, by: $by, owner: $owner,
                      createdAt: $now, total: $total, isKept: $isKept})
CREATE (s)-[:PRODUCED]->(c)
WITH s
CALL (s) {
  UNWIND $batches AS each
  CREATE (s)-[:HAS_BATCH]->(:Batch {id: each[0], number: each[1], total: each[2], state: 'PLANNED', fence: 0, attempts: 0})
}
CALL (s) {
  MATCH (t:Token {id: $owner}) MERGE (t)-[:SUBMITS]->(s)
}
RETURN s.id
