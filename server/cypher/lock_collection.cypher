// [BioProject, unfinished submissions]: of a collection, its node locked until the transaction ends; no row if there is none. A cancelled submission is unfinished while a batch of it is under way.
MATCH (c:Collection {accession: $accession})
SET c.accession = c.accession
WITH c
RETURN head(COLLECT { MATCH (c)-[:DESCRIBED_BY]->(b:BioProject) RETURN b.accession }),
  COLLECT {
    MATCH (s:Submission)-[:PRODUCED]->(c)
    WHERE s.state IN ['PLANNED', 'RUNNING'] OR (s.state = 'CANCELLED' AND s.finishedAt IS NULL AND EXISTS {
      (s)-[:HAS_BATCH]->(b:Batch) WHERE b.state IN ['RUNNING', 'WRITTEN']
    })
    RETURN s.id ORDER BY s.createdAt
  }
