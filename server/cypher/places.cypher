// [study, series, patient]: what a collection's files say together under these study and series UIDs.
CALL () {
  UNWIND $studies AS uid MATCH (s:Study {key: $collection + '/' + uid})-[:HAS_SERIES]->(r:Series)
  RETURN s.uid AS study, r.uid AS series, s.patient AS patient
  UNION
  UNWIND $series AS uid MATCH (r:Series {key: $collection + '/' + uid})<-[:HAS_SERIES]-(s:Study)
  RETURN s.uid AS study, r.uid AS series, s.patient AS patient
  UNION
  UNWIND $studies AS uid MATCH (q:Quarantined {study: uid, collection: $collection}) WHERE q.code IN ['CONFLICT', 'MIX_UP']
  RETURN q.study AS study, q.series AS series, q.patient AS patient
  UNION
  UNWIND $series AS uid MATCH (q:Quarantined {series: uid, collection: $collection}) WHERE q.code IN ['CONFLICT', 'MIX_UP']
  RETURN q.study AS study, q.series AS series, q.patient AS patient
}
RETURN study, series, patient
