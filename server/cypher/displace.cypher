// [batches]: takes images and annotations out of the archive; those with a code become quarantined files.
UNWIND $rows AS row
CALL (row) {
  MATCH (i:Image {uid: row.uid}) RETURN i
  UNION ALL
  MATCH (i:Annotation {uid: row.uid}) RETURN i
}
CALL (row, i) {
  WITH row, i WHERE row.code IS NOT NULL
  CREATE (:Quarantined {intakeId: i.intakeId, collection: i.collection, code: row.code, batch: i.batch, keyId: i.keyId,
    uid: i.uid, study: row.study, series: row.series, patient: row.patient, original: i.original,
    originalPixels: i.originalPixels, recipe: i.recipe, isHeld: false, at: $now})
}
OPTIONAL MATCH (i)-[:HAS_CODE]->(code:Code)
OPTIONAL MATCH (finding:Finding)-[:ABOUT]->(i)
WITH i, i.batch AS batch, collect(DISTINCT code) AS codes, collect(DISTINCT finding) AS findings
CALL (codes) {
  UNWIND codes AS code
  MATCH (e:Encoder {identity: code.encoder}) SET e.generation = e.generation + 1
  DETACH DELETE code
}
FOREACH (each IN findings | DETACH DELETE each)
DETACH DELETE i
RETURN DISTINCT batch
