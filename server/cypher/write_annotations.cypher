// []: writes annotations; what they speak of is linked when the submission is finished.
UNWIND $rows AS row
MATCH (s:Series {key: row.series})
MERGE (n:Annotation {uid: row.uid})
SET n += row.properties, n.state = 'ACCEPTED'
MERGE (s)-[:HAS_ANNOTATION]->(n)
