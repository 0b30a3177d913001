// [intake id, collection, code, at]: what is quarantined, oldest first.
MATCH (q:Quarantined)
WHERE ($id IS NULL OR q.intakeId = $id) AND ($collection IS NULL OR q.collection = $collection)
  AND ($code IS NULL OR q.code = $code)
RETURN q.intakeId, q.collection, q.code, q.at ORDER BY q.at, q.intakeId
