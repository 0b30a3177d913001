// [submission, collection]: running submissions whose batches are all done.
MATCH (s:Submission) WHERE s.state = 'RUNNING' AND NOT EXISTS { (s)-[:HAS_BATCH]->(b:Batch) WHERE b.state <> 'DONE' }
RETURN s.id, s.collection
