// []: removes a submission that added nothing.
MATCH (s:Submission {id: $id}) OPTIONAL MATCH (s)-[:HAS_BATCH]->(b:Batch) DETACH DELETE b, s
