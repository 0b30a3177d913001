// [uids]: every image of the patient that one image shows, in every collection.
RETURN COLLECT {
  MATCH (:Image {uid: $uid})<-[:HAS_IMAGE]-(:Series)<-[:HAS_SERIES]-(:Study)<-[:HAS_STUDY]-(shown:Individual)
  MATCH (same:Individual {patient: shown.patient})-[:HAS_STUDY]->(:Study)-[:HAS_SERIES]->(:Series)-[:HAS_IMAGE]->(i:Image)
  RETURN DISTINCT i.uid
}
