// []: the batch's decisions are on record, which other batches lost images to it, and where its duplicates' equals lay.
MATCH (b:Batch {id: $id})
SET b.state = 'WRITTEN', b.touched = $touched, b.inQuarantine = $inQuarantine, b.inOthers = $inOthers, b.others = $others
