// [accepted, quarantined]: what a batch brought: [intake id, collection, individual, study, series key, series uid, uid, sop class, modality, manufacturer, transfer syntax]; [intake id, code].
RETURN COLLECT {
  CALL () {
    MATCH (i:Image {batch: $id})<-[:HAS_IMAGE]-(s:Series) RETURN i, s
    UNION ALL
    MATCH (i:Annotation {batch: $id})<-[:HAS_ANNOTATION]-(s:Series) RETURN i, s
  }
  MATCH (s)<-[:HAS_SERIES]-(t:Study)<-[:HAS_STUDY]-(p:Individual)
  RETURN [i.intakeId, i.collection, p.accession, t.accession, s.key, s.uid, i.uid, i.sopClass,
          coalesce(s.modalityRaw, ''), coalesce(s.manufacturerRaw, ''), coalesce(i.transferSyntax, '')]
}, COLLECT { MATCH (q:Quarantined {batch: $id}) RETURN [q.intakeId, q.code] ORDER BY q.intakeId }
