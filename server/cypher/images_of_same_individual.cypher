// [uids]: every image of the individual that one image shows. No other collection's: that two hold one patient is known to nobody who reads.
RETURN COLLECT {
  MATCH (:Image {uid: $uid})<-[:HAS_IMAGE]-(:Series)<-[:HAS_SERIES]-(:Study)<-[:HAS_STUDY]-(shown:Individual)
  MATCH (shown)-[:HAS_STUDY]->(:Study)-[:HAS_SERIES]->(:Series)-[:HAS_IMAGE]->(i:Image)
  RETURN DISTINCT i.uid
}
