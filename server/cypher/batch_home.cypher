// [submission, collection]: of a batch.
MATCH (s:Submission)-[:HAS_BATCH]->(:Batch {id: $id}) RETURN s.id, s.collection
