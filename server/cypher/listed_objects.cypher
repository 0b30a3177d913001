// [intake ids, [[batch, intake id]], submissions, batches]: what is quarantined, what of it the vault lacks yet, every submission, and the batches that are not done.
RETURN COLLECT { MATCH (q:Quarantined) RETURN q.intakeId },
       COLLECT { MATCH (q:Quarantined {isHeld: false}) RETURN [q.batch, q.intakeId] },
       COLLECT { MATCH (s:Submission) RETURN s.id },
       COLLECT { MATCH (b:Batch) WHERE NOT b.state IN ['DONE', 'CANCELLED'] RETURN b.id }
