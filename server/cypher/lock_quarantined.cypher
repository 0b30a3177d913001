// [intake id, original]: which of these files are quarantined, and the digest of each one's data set; locked until the transaction ends.
UNWIND $ids AS id MATCH (q:Quarantined {intakeId: id})
SET q.intakeId = q.intakeId
RETURN q.intakeId, q.original
