// [collection, file digest]: which of these files are quarantined already.
UNWIND $files AS file MATCH (q:Quarantined {file: file}) RETURN DISTINCT q.collection, q.file
