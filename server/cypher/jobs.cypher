// [id, collection, state, total, files in batches that are written, by, created, finished]: every submission, or one, newest last.
MATCH (s:Submission) WHERE ($collection IS NULL OR s.collection = $collection) AND ($id IS NULL OR s.id = $id)
RETURN s.id, s.collection, s.state, s.total,
  reduce(sum = 0, n IN [(s)-[:HAS_BATCH]->(b:Batch) WHERE b.state IN ['WRITTEN', 'DONE'] | b.total] | sum + n),
  s.by, s.createdAt, s.finishedAt ORDER BY s.createdAt, s.id
