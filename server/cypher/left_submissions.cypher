// [submission, collection]: submissions whose batches are all done, if they have any, and that nobody finished.
MATCH (s:Submission) WHERE s.finishedAt IS NULL AND NOT EXISTS {
  (s)-[:HAS_BATCH]->(b:Batch) WHERE NOT b.state IN ['DONE', 'CANCELLED']
}
RETURN s.id, s.collection
