// [total, accepted, [[code, count]]]: how the files of a submission ended.
MATCH (s:Submission {id: $id})
RETURN s.total,
  COUNT { MATCH (s)-[:HAS_BATCH]->(b:Batch) MATCH (i:Image {batch: b.id}) } +
  COUNT { MATCH (s)-[:HAS_BATCH]->(b:Batch) MATCH (a:Annotation {batch: b.id}) },
  COLLECT {
    MATCH (s)-[:HAS_BATCH]->(b:Batch) MATCH (q:Quarantined {batch: b.id})
    WITH q.code AS code, count(*) AS files ORDER BY code RETURN [code, files]
  }
