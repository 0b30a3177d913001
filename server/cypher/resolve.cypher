// [intake id]: takes the quarantined files of a collection that equal these accepted instances, and these files themselves, out of the quarantine.
UNWIND $rows AS row
CALL (row) {
  MATCH (q:Quarantined {original: row.original, collection: $collection}) WHERE coalesce(q.originalPixels, '') = row.pixels
  RETURN q
  UNION
  MATCH (q:Quarantined {intakeId: row.intakeId})
  RETURN q
}
OPTIONAL MATCH (finding:Finding)-[:ABOUT]->(q)
WITH q, q.intakeId AS id, collect(finding) AS findings
FOREACH (each IN findings | DETACH DELETE each)
DETACH DELETE q
RETURN id
