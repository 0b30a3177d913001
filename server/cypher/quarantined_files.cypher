// [file digest]: which of these files a collection has in quarantine already, those of this batch aside.
UNWIND $files AS file MATCH (q:Quarantined {file: file, collection: $collection}) WHERE NOT q.intakeId IN $own
RETURN DISTINCT q.file
