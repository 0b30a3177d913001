// []: removes a submission that added nothing; one that was cancelled stays on record.
MATCH (s:Submission {id: $id}) WHERE s.state <> 'CANCELLED' OPTIONAL MATCH (s)-[:HAS_BATCH]->(b:Batch) DETACH DELETE b, s
