// [true or false]: whether all that a collection holds, and is linked to, is released.
MATCH (c:Collection {accession: $accession})
RETURN c.state = 'RELEASED'
  AND NOT EXISTS { MATCH (n:Image {collection: $accession}) WHERE n.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (n:Annotation {collection: $accession}) WHERE n.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (n:Individual {collection: $accession}) WHERE n.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (n:Study {collection: $accession}) WHERE n.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (n:Series {collection: $accession}) WHERE n.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (c)-[:HAS_INDIVIDUAL]->()-[:HAS_DIAGNOSIS|HAS_TREATMENT|HAS_HISTORY]->(n) WHERE n.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (c)-[:HAS_INDIVIDUAL]->()-[r:SAME_AS]->(g) WHERE r.state <> 'RELEASED' OR g.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (c)-[:HAS_INDIVIDUAL]->()-[:SAME_AS]->()-[:HAS_SAMPLE|HAS_EXPERIMENT|HAS_RUN*1..3]->(n) WHERE n.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (c)-[:DESCRIBED_BY]->(b) WHERE b.state <> 'RELEASED' }
  AND NOT EXISTS { MATCH (c)-[:DESCRIBED_BY]->()-[:HAS_DATASET]->(s) WHERE s.state <> 'RELEASED' }
