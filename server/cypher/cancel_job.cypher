// [id]: the submission, cancelled with its batches that nobody began; no row where it is finished or was cancelled. Looks at a batch once it has the node's lock.
MATCH (s:Submission {id: $id}) WHERE s.state IN ['PLANNED', 'RUNNING']
SET s.state = 'CANCELLED'
WITH s
CALL (s) {
  MATCH (s)-[:HAS_BATCH]->(b:Batch)
  SET b.fence = b.fence
  WITH b WHERE b.state = 'PLANNED'
  SET b.state = 'CANCELLED'
}
RETURN s.id
