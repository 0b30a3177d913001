// []: the batch is done.
MATCH (b:Batch {id: $id, fence: $fence}) SET b.state = 'DONE', b.leaseOwner = null, b.leaseUntil = null
