// [images, annotations, clinical rows, links, records of other archives, individuals]: releases a collection with all it holds now and the genomes it is linked to; how many of each are newly public, and how many individuals it has.
MATCH (c:Collection {accession: $accession})
SET c.state = 'RELEASED', c.releasedAt = $now
WITH c
CALL (c) {
  MATCH (i:Image {collection: c.accession}) WHERE i.state <> 'RELEASED'
  SET i.state = 'RELEASED'
  RETURN count(i) AS images
}
CALL (c) {
  MATCH (n:Annotation {collection: c.accession}) WHERE n.state <> 'RELEASED'
  SET n.state = 'RELEASED'
  RETURN count(n) AS annotations
}
CALL (c) { MATCH (n:Series {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:Study {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:Individual {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) {
  MATCH (n:Diagnosis {collection: c.accession}) WHERE n.state <> 'RELEASED'
  SET n.state = 'RELEASED'
  RETURN count(n) AS diagnoses
}
CALL (c) {
  MATCH (n:Treatment {collection: c.accession}) WHERE n.state <> 'RELEASED'
  SET n.state = 'RELEASED'
  RETURN count(n) AS treatments
}
CALL (c) {
  MATCH (n:History {collection: c.accession}) WHERE n.state <> 'RELEASED'
  SET n.state = 'RELEASED'
  RETURN count(n) AS histories
}
CALL (c) {
  MATCH (c)-[:HAS_INDIVIDUAL]->(:Individual)-[r:SAME_AS]->() WHERE r.state <> 'RELEASED'
  SET r.state = 'RELEASED'
  RETURN count(r) AS links
}
CALL (c) {
  CALL (c) {
    MATCH (c)-[:HAS_INDIVIDUAL]->(:Individual)-[:SAME_AS]->(n) RETURN n
    UNION
    MATCH (c)-[:HAS_INDIVIDUAL]->(:Individual)-[:SAME_AS]->()-[:HAS_SAMPLE]->(n:Sample) RETURN n
    UNION
    MATCH (c)-[:HAS_INDIVIDUAL]->(:Individual)-[:SAME_AS]->()-[:HAS_SAMPLE]->(:Sample)-[:HAS_EXPERIMENT]->(n:Experiment) RETURN n
    UNION
    MATCH (c)-[:HAS_INDIVIDUAL]->(:Individual)-[:SAME_AS]->()-[:HAS_SAMPLE]->(:Sample)-[:HAS_EXPERIMENT]->(:Experiment)-[:HAS_RUN]->(n:Run)
    RETURN n
    UNION
    MATCH (c)-[:DESCRIBED_BY]->(:BioProject)-[:HAS_DATASET]->(n:GsaStudy) RETURN n
  }
  WITH n WHERE n.state <> 'RELEASED'
  SET n.state = 'RELEASED'
  RETURN count(n) AS records
}
CALL (c) {
  MATCH (c)-[:DESCRIBED_BY]->(b:BioProject)
  SET b.state = 'RELEASED'
}
CALL (c, images) {
  OPTIONAL MATCH (earlier:Release)-[:FREEZES]->(c)
  WITH c, images, count(earlier) + 1 AS number
  CREATE (release:Release {id: c.accession + '/' + toString(number), number: number, by: $by, at: $now, images: images})
  CREATE (release)-[:FREEZES]->(c)
}
CALL () { MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation + 1 }
RETURN images, annotations, diagnoses + treatments + histories, links, records, COUNT { (c)-[:HAS_INDIVIDUAL]->() }
