// [intake id, uid, study, series, patient, original, pixels, recipe, quarantined?, final?]: what a collection holds under these UIDs, or in these studies and series.
CALL () {
  UNWIND $uids AS uid MATCH (i:Image {uid: uid, collection: $collection})<-[:HAS_IMAGE]-(r:Series)<-[:HAS_SERIES]-(s:Study)
  RETURN i, r.uid AS series, s.uid AS study, s.patient AS patient, false AS quarantined
  UNION
  UNWIND $uids AS uid MATCH (i:Annotation {uid: uid, collection: $collection})<-[:HAS_ANNOTATION]-(r:Series)<-[:HAS_SERIES]-(s:Study)
  RETURN i, r.uid AS series, s.uid AS study, s.patient AS patient, false AS quarantined
  UNION
  UNWIND $studies AS uid MATCH (s:Study {key: $collection + '/' + uid})-[:HAS_SERIES]->(r:Series)-[:HAS_IMAGE|HAS_ANNOTATION]->(i)
  RETURN i, r.uid AS series, s.uid AS study, s.patient AS patient, false AS quarantined
  UNION
  UNWIND $series AS uid MATCH (s:Study)-[:HAS_SERIES]->(r:Series {key: $collection + '/' + uid})-[:HAS_IMAGE|HAS_ANNOTATION]->(i)
  RETURN i, r.uid AS series, s.uid AS study, s.patient AS patient, false AS quarantined
  UNION
  UNWIND $uids AS uid MATCH (i:Quarantined {uid: uid, collection: $collection}) WHERE i.code IN ['CONFLICT', 'MIX_UP']
  RETURN i, i.series AS series, i.study AS study, i.patient AS patient, true AS quarantined
}
RETURN i.intakeId, i.uid, study, series, patient, i.original, i.originalPixels, i.recipe, quarantined,
       coalesce(i.state = 'RELEASED' OR coalesce(i.isDecided, false), false)
