// [intake id, collection, uid, study, series, patient, original, pixels, quarantined?, released?]: under these UIDs or in these studies.
CALL () {
  UNWIND $uids AS uid MATCH (i:Image {uid: uid})<-[:HAS_IMAGE]-(r:Series)<-[:HAS_SERIES]-(s:Study)
  RETURN i, r.uid AS series, s.uid AS study, s.patient AS patient, false AS quarantined
  UNION
  UNWIND $uids AS uid MATCH (i:Annotation {uid: uid})<-[:HAS_ANNOTATION]-(r:Series)<-[:HAS_SERIES]-(s:Study)
  RETURN i, r.uid AS series, s.uid AS study, s.patient AS patient, false AS quarantined
  UNION
  UNWIND $studies AS uid MATCH (s:Study {uid: uid})-[:HAS_SERIES]->(r:Series)-[:HAS_IMAGE|HAS_ANNOTATION]->(i)
  RETURN i, r.uid AS series, s.uid AS study, s.patient AS patient, false AS quarantined
  UNION
  UNWIND $uids AS uid MATCH (i:Quarantined {uid: uid}) WHERE i.code IN ['CONFLICT', 'MIX_UP']
  RETURN i, i.series AS series, i.study AS study, i.patient AS patient, true AS quarantined
}
RETURN i.intakeId, i.collection, i.uid, study, series, patient, i.original, i.originalPixels, quarantined,
       coalesce(i.state = 'RELEASED', false)
