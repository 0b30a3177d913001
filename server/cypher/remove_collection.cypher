// [submissions]: removes a collection that holds nothing, its finished submissions, and a BioProject that nothing else speaks of.
MATCH (c:Collection {accession: $accession})
OPTIONAL MATCH (c)-[:DESCRIBED_BY]->(b:BioProject)
WITH c, collect(b) AS projects, COLLECT { MATCH (s:Submission)-[:PRODUCED]->(c) RETURN s } AS submissions
WITH c, projects, submissions, [s IN submissions | s.id] AS ids
CALL (submissions) {
  UNWIND submissions AS s
  OPTIONAL MATCH (s)-[:HAS_BATCH]->(batch:Batch)
  OPTIONAL MATCH (finding:Finding)-[:ABOUT]->(s)
  DETACH DELETE batch, finding, s
}
DETACH DELETE c
WITH projects, ids
CALL (projects) {
  UNWIND projects AS b
  WITH b WHERE NOT EXISTS { (b)--() }
  DELETE b
}
RETURN ids
