// [batches, [[batch, intake id, code]]]: batches that this one took images from, and originals that the vault lacks.
MATCH (b:Batch {id: $id})
RETURN coalesce(b.touched, []),
       COLLECT { MATCH (q:Quarantined {isHeld: false}) RETURN [q.batch, q.intakeId, q.code] ORDER BY q.intakeId }
