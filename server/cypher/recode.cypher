// []: gives quarantined files the code that holds now.
UNWIND $rows AS row MATCH (q:Quarantined {intakeId: row[0]}) WHERE q.code <> row[1] SET q.code = row[1]
