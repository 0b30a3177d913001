// [owner]: who holds a batch, or null.
MATCH (b:Batch {id: $id}) RETURN b.leaseOwner
