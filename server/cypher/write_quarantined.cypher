// []: writes quarantined files.
UNWIND $rows AS row
MERGE (q:Quarantined {intakeId: row.intakeId})
SET q += row
