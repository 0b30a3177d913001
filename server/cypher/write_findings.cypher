// []: puts findings on record, once each, and ties them to what they are about.
UNWIND $rows AS row
MERGE (f:Finding {key: row.key})
ON CREATE SET f.code = row.code, f.level = row.level, f.check = row.check, f.about = row.about, f.at = $now
WITH f
CALL (f) {
  MATCH (n:Image {uid: f.about}) MERGE (f)-[:ABOUT]->(n)
  UNION ALL
  MATCH (n:Annotation {uid: f.about}) MERGE (f)-[:ABOUT]->(n)
  UNION ALL
  MATCH (n:Series {uid: f.about}) MERGE (f)-[:ABOUT]->(n)
  UNION ALL
  MATCH (n:Submission {id: f.about}) MERGE (f)-[:ABOUT]->(n)
  UNION ALL
  MATCH (n:Quarantined {intakeId: f.about}) MERGE (f)-[:ABOUT]->(n)
}
