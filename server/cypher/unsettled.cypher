// [batches, replaced, [[batch, intake id, code]]]: batches that this one took images from, how many images it replaced, and originals that the vault lacks.
MATCH (b:Batch {id: $id})
RETURN coalesce(b.touched, []), coalesce(b.replaced, 0),
       COLLECT { MATCH (q:Quarantined {isHeld: false}) RETURN [q.batch, q.intakeId, q.code] ORDER BY q.intakeId }
