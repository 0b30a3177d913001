// []: ties the annotations of a collection to the series and images they speak of, as far as those are here.
MATCH (a:Annotation {collection: $collection}) WHERE a.references IS NOT NULL
UNWIND a.references AS uid
CALL (a, uid) {
  MATCH (n:Image {uid: uid, collection: $collection}) MERGE (a)-[:ANNOTATES]->(n)
  UNION ALL
  MATCH (n:Series {key: $collection + '/' + uid}) MERGE (a)-[:ANNOTATES]->(n)
}
