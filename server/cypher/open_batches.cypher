// [id, submission, state, owner, leaseUntil]: every batch that is not done, oldest submission first.
MATCH (s:Submission)-[:HAS_BATCH]->(b:Batch)
WHERE s.state IN ['PLANNED', 'RUNNING'] AND b.state <> 'DONE' AND ($submission IS NULL OR s.id = $submission)
RETURN b.id, s.id, b.state, b.leaseOwner, b.leaseUntil ORDER BY s.createdAt, s.id, b.number
