// []: gives a batch back that could not be done, so that nobody waits for its lease.
MATCH (b:Batch {id: $id, fence: $fence}) SET b.leaseOwner = null, b.leaseUntil = null
