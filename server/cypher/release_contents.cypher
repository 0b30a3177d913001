// [changed?, clinical rows, links, records of other archives, individuals]: releases what belongs to the released images and annotations of a collection; how many of each are newly public, and how many individuals it has.
MATCH (c:Collection {accession: $accession})
CALL (c) {
  MATCH (n:Series {collection: c.accession})
  WHERE n.state <> 'RELEASED' AND EXISTS { MATCH (n)-[:HAS_IMAGE|HAS_ANNOTATION]->(i) WHERE i.state = 'RELEASED' }
  SET n.state = 'RELEASED'
  RETURN count(n) AS series
}
CALL (c) {
  MATCH (n:Study {collection: c.accession})
  WHERE n.state <> 'RELEASED' AND EXISTS { (n)-[:HAS_SERIES]->(:Series {state: 'RELEASED'}) }
  SET n.state = 'RELEASED'
  RETURN count(n) AS studies
}
CALL (c) {
  MATCH (n:Individual {collection: c.accession})
  WHERE n.state <> 'RELEASED'
    AND (EXISTS { (n)-[:HAS_STUDY]->(:Study {state: 'RELEASED'}) } OR NOT EXISTS { (n)-[:HAS_STUDY]->() })
  SET n.state = 'RELEASED'
  RETURN count(n) AS individuals
}
CALL (c) {
  MATCH (:Individual {collection: c.accession, state: 'RELEASED'})-[:HAS_DIAGNOSIS|HAS_TREATMENT|HAS_HISTORY]->(n)
  WHERE n.state <> 'RELEASED'
  SET n.state = 'RELEASED'
  RETURN count(n) AS clinical
}
CALL (c) {
  MATCH (:Individual {collection: c.accession, state: 'RELEASED'})-[r:SAME_AS]->() WHERE r.state <> 'RELEASED'
  SET r.state = 'RELEASED'
  RETURN count(r) AS links
}
CALL (c) {
  MATCH (c)-[:HAS_INDIVIDUAL]->(:Individual)-[:SAME_AS {state: 'RELEASED'}]->(linked)
  CALL (linked) {
    RETURN linked AS n
    UNION
    MATCH (linked)-[:HAS_SAMPLE]->(n:Sample) RETURN n
    UNION
    MATCH (linked)-[:HAS_SAMPLE]->(:Sample)-[:HAS_EXPERIMENT]->(n:Experiment) RETURN n
    UNION
    MATCH (linked)-[:HAS_SAMPLE]->(:Sample)-[:HAS_EXPERIMENT]->(:Experiment)-[:HAS_RUN]->(n:Run) RETURN n
    UNION
    MATCH (linked)<-[:HAS_INDIVIDUAL]-(n:GsaStudy) RETURN n
  }
  WITH DISTINCT n WHERE n.state <> 'RELEASED'
  SET n.state = 'RELEASED'
  RETURN count(n) AS records
}
CALL (c) {
  MATCH (c)-[:DESCRIBED_BY]->(b:BioProject) WHERE b.state <> 'RELEASED'
  SET b.state = 'RELEASED'
  RETURN count(b) AS projects
}
RETURN c.state <> 'RELEASED' OR series + studies + individuals + clinical + links + records + projects > 0,
  clinical, links, records, COUNT { (c)-[:HAS_INDIVIDUAL]->() }
