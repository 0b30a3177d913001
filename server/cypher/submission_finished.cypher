// [cancelled batches]: the submission is done, unless it was cancelled.
MATCH (s:Submission {id: $id})
SET s.state = CASE s.state WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'DONE' END, s.finishedAt = $now
RETURN [(s)-[:HAS_BATCH]->(b:Batch) WHERE b.state = 'CANCELLED' | b.id]
