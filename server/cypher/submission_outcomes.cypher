// [total, accepted, [[code, count]], [[in quarantine, replaced]] by batch, is cancelled]: how the files of a submission ended, how many duplicates lay in quarantine, and how many images it replaced.
MATCH (s:Submission {id: $id})
RETURN CASE s.state
    WHEN 'CANCELLED'
    THEN reduce(sum = 0, n IN [(s)-[:HAS_BATCH]->(b:Batch) WHERE b.state IN ['WRITTEN', 'DONE'] | b.total] | sum + n)
    ELSE s.total
  END,
  COUNT { MATCH (s)-[:HAS_BATCH]->(b:Batch) MATCH (i:Image {batch: b.id}) } +
  COUNT { MATCH (s)-[:HAS_BATCH]->(b:Batch) MATCH (a:Annotation {batch: b.id}) },
  COLLECT {
    MATCH (s)-[:HAS_BATCH]->(b:Batch) MATCH (q:Quarantined {batch: b.id})
    WITH q.code AS code, count(*) AS files ORDER BY code RETURN [code, files]
  },
  COLLECT {
    MATCH (s)-[:HAS_BATCH]->(b:Batch)
    RETURN [coalesce(b.inQuarantine, 0), coalesce(b.replaced, 0)]
  }, s.state = 'CANCELLED'
