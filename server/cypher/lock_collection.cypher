// [BioProject, unfinished submissions]: of a collection, its node locked until the transaction ends; no row if there is none.
MATCH (c:Collection {accession: $accession})
SET c.accession = c.accession
WITH c
RETURN head(COLLECT { MATCH (c)-[:DESCRIBED_BY]->(b:BioProject) RETURN b.accession }),
  COLLECT { MATCH (s:Submission)-[:PRODUCED]->(c) WHERE s.state IN ['PLANNED', 'RUNNING'] RETURN s.id ORDER BY s.createdAt }
