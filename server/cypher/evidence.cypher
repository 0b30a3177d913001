// [study, series, patient, uid, final?]: every instance of these studies and series of a collection, quarantined ones too.
CALL () {
  UNWIND $studies AS uid MATCH (s:Study {key: $collection + '/' + uid})-[:HAS_SERIES]->(r:Series)-[:HAS_IMAGE|HAS_ANNOTATION]->(i)
  RETURN s.uid AS study, r.uid AS series, s.patient AS patient, i.uid AS instance,
    i.state = 'RELEASED' OR coalesce(i.isDecided, false) AS isFinal
  UNION
  UNWIND $series AS uid MATCH (s:Study)-[:HAS_SERIES]->(r:Series {key: $collection + '/' + uid})-[:HAS_IMAGE|HAS_ANNOTATION]->(i)
  RETURN s.uid AS study, r.uid AS series, s.patient AS patient, i.uid AS instance,
    i.state = 'RELEASED' OR coalesce(i.isDecided, false) AS isFinal
  UNION
  UNWIND $studies AS uid MATCH (q:Quarantined {study: uid, collection: $collection}) WHERE q.code IN ['CONFLICT', 'MIX_UP']
  RETURN q.study AS study, q.series AS series, q.patient AS patient, q.uid AS instance, false AS isFinal
  UNION
  UNWIND $series AS uid MATCH (q:Quarantined {series: uid, collection: $collection}) WHERE q.code IN ['CONFLICT', 'MIX_UP']
  RETURN q.study AS study, q.series AS series, q.patient AS patient, q.uid AS instance, false AS isFinal
}
RETURN study, series, patient, instance, isFinal
