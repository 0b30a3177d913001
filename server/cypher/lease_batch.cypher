// [fence, state, is cancelled]: the batch's new fencing token, if it was free to lease; no row where another holds it. Looks once it has the node's lock.
MATCH (s:Submission)-[:HAS_BATCH]->(b:Batch {id: $id})
SET b.fence = b.fence
WITH s, b
WHERE b.state = 'PLANNED' OR (b.state IN ['RUNNING', 'WRITTEN'] AND
      (b.leaseOwner IS NULL OR b.leaseUntil < $now OR b.leaseOwner IN $dead OR b.leaseOwner = $owner))
SET b.fence = b.fence + 1, b.attempts = b.attempts + 1, b.leaseOwner = $owner, b.leaseUntil = $until,
    b.state = CASE b.state WHEN 'WRITTEN' THEN 'WRITTEN' ELSE 'RUNNING' END
RETURN b.fence, b.state, s.state = 'CANCELLED'
