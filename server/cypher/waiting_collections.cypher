// [accession]: of these collections, and those under these BioProjects, which were released and have clinical data or links that were not.
MATCH (c:Collection {state: 'RELEASED'})
WHERE (c.accession IN $accessions OR EXISTS { MATCH (c)-[:DESCRIBED_BY]->(b:BioProject) WHERE b.accession IN $bioprojects })
  AND (EXISTS { MATCH (c)-[:HAS_INDIVIDUAL]->()-[:HAS_DIAGNOSIS|HAS_TREATMENT|HAS_HISTORY]->(n) WHERE n.state <> 'RELEASED' }
    OR EXISTS { MATCH (c)-[:HAS_INDIVIDUAL]->()-[r:SAME_AS]->(g) WHERE r.state <> 'RELEASED' OR g.state <> 'RELEASED' }
    OR EXISTS { MATCH (c)-[:HAS_INDIVIDUAL]->()-[:SAME_AS]->()-[:HAS_SAMPLE|HAS_EXPERIMENT|HAS_RUN*1..3]->(n) WHERE n.state <> 'RELEASED' }
    OR EXISTS { MATCH (c)-[:DESCRIBED_BY]->(b) WHERE b.state <> 'RELEASED' }
    OR EXISTS { MATCH (c)-[:HAS_INDIVIDUAL]->()-[:SAME_AS]->()<-[:HAS_INDIVIDUAL]-(s:GsaStudy) WHERE s.state <> 'RELEASED' })
RETURN c.accession ORDER BY size(c.accession), c.accession
