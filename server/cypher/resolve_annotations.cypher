// []: ties the annotations of a collection to the series and images they describe: its own, and what others have released.
MATCH (a:Annotation {collection: $collection}) WHERE a.references IS NOT NULL
UNWIND a.references AS uid
CALL (a, uid) {
  MATCH (n:Image {uid: uid}) WHERE n.collection = $collection OR n.state = 'RELEASED' MERGE (a)-[:ANNOTATES]->(n)
  UNION ALL
  MATCH (n:Series {uid: uid}) WHERE n.collection = $collection OR n.state = 'RELEASED' MERGE (a)-[:ANNOTATES]->(n)
}
