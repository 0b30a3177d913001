// []: writes images.
UNWIND $rows AS row
MATCH (s:Series {key: row.series})
MERGE (n:Image {uid: row.uid})
SET n += row.properties, n.state = 'ACCEPTED'
MERGE (s)-[:HAS_IMAGE]->(n)
