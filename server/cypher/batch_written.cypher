// []: the batch's decisions are on record, and which other batches lost images to it.
MATCH (b:Batch {id: $id})
SET b.state = 'WRITTEN', b.touched = $touched, b.inQuarantine = $inQuarantine, b.replaced = $replaced
