// [submission, collection]: running or cancelled submissions whose batches are all done and that nobody finished.
MATCH (s:Submission) WHERE s.state IN ['RUNNING', 'CANCELLED'] AND s.finishedAt IS NULL AND NOT EXISTS {
  (s)-[:HAS_BATCH]->(b:Batch) WHERE NOT b.state IN ['DONE', 'CANCELLED']
}
RETURN s.id, s.collection
