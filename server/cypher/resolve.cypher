// [intake id]: takes the quarantined files of a collection that equal these accepted instances out of the quarantine.
UNWIND $rows AS row
MATCH (q:Quarantined {original: row.original, collection: $collection})
WHERE coalesce(q.originalPixels, '') = row.pixels
OPTIONAL MATCH (finding:Finding)-[:ABOUT]->(q)
WITH q, q.intakeId AS id, collect(finding) AS findings
FOREACH (each IN findings | DETACH DELETE each)
DETACH DELETE q
RETURN id
