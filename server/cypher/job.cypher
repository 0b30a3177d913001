// [collection, state, total, created, finished, owner, files in batches that are written]: of a submission.
MATCH (s:Submission {id: $id})
RETURN s.collection, s.state, s.total, s.createdAt, s.finishedAt, s.owner,
  reduce(sum = 0, n IN [(s)-[:HAS_BATCH]->(b:Batch) WHERE b.state IN ['WRITTEN', 'DONE'] | b.total] | sum + n)
