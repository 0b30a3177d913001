// [intake id, collection, code, at, [checks]]: what is quarantined and which checks found it, oldest first.
MATCH (q:Quarantined)
WHERE ($id IS NULL OR q.intakeId = $id) AND ($collection IS NULL OR q.collection = $collection)
  AND ($code IS NULL OR q.code = $code)
RETURN q.intakeId, q.collection, q.code, q.at,
       COLLECT { MATCH (f:Finding)-[:ABOUT]->(q) RETURN DISTINCT f.check ORDER BY f.check }
ORDER BY q.at, q.intakeId
