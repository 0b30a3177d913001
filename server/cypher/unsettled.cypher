// [batches, [[batch, intake id, collection, code, original, pixels]]]: batches that this one took images from, and which of its files and theirs the vault has to hold.
MATCH (b:Batch {id: $id})
WITH coalesce(b.touched, []) AS touched
RETURN touched, COLLECT {
  MATCH (q:Quarantined {isHeld: false}) WHERE q.batch = $id OR q.batch IN touched
  RETURN [q.batch, q.intakeId, q.collection, q.code, q.original, q.originalPixels] ORDER BY q.intakeId
}
