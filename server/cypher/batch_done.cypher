// []: the batch is done; cancelled, if nothing of it was written.
MATCH (b:Batch {id: $id, fence: $fence})
SET b.state = CASE b.state WHEN 'WRITTEN' THEN 'DONE' ELSE 'CANCELLED' END, b.leaseOwner = null, b.leaseUntil = null
