// [id, submission, state, owner, leaseUntil]: every batch that is not done, oldest submission first; of a cancelled one those that were begun.
MATCH (s:Submission)-[:HAS_BATCH]->(b:Batch)
WHERE s.state IN ['PLANNED', 'RUNNING', 'CANCELLED'] AND NOT b.state IN ['DONE', 'CANCELLED'] AND ($submission IS NULL OR s.id = $submission)
RETURN b.id, s.id, b.state, b.leaseOwner, b.leaseUntil ORDER BY s.createdAt, s.id, b.number
