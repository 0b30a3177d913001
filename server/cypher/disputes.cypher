// [intake id, uid, study, series, patient, original, pixels, recipe, true, false]: the conflicts and mix-ups of a collection.
MATCH (q:Quarantined {collection: $collection}) WHERE q.code IN ['CONFLICT', 'MIX_UP'] AND q.uid IS NOT NULL
RETURN q.intakeId, q.uid, q.study, q.series, q.patient, q.original, q.originalPixels, q.recipe, true, false
