// [[releases, individuals, images, annotations, quarantined files, unfinished submissions]]: what a collection holds, with its node locked until the transaction ends.
MATCH (c:Collection {accession: $accession})
SET c.accession = c.accession
WITH c
RETURN [
  COUNT { (:Release)-[:FREEZES]->(c) } + CASE WHEN c.state = 'RELEASED' THEN 1 ELSE 0 END,
  COUNT { (c)-[:HAS_INDIVIDUAL]->() },
  COUNT { MATCH (n:Image {collection: $accession}) },
  COUNT { MATCH (n:Annotation {collection: $accession}) },
  COUNT { MATCH (n:Quarantined {collection: $accession}) },
  COUNT {
    MATCH (s:Submission)-[:PRODUCED]->(c)
    WHERE s.state IN ['PLANNED', 'RUNNING'] OR (s.state = 'CANCELLED' AND s.finishedAt IS NULL AND EXISTS {
      (s)-[:HAS_BATCH]->(b:Batch) WHERE b.state IN ['RUNNING', 'WRITTEN']
    })
  }
]
