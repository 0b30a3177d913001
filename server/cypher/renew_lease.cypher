// [1]: if the lease is still held under this fencing token.
MATCH (b:Batch {id: $id, fence: $fence}) SET b.leaseUntil = $until RETURN 1
