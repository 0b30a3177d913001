// [images]: releases a collection with all it holds now and the genomes it is linked to; how many images are newly public.
MATCH (c:Collection {accession: $accession})
SET c.state = 'RELEASED', c.releasedAt = $now
WITH c
CALL (c) {
  MATCH (i:Image {collection: c.accession}) WHERE i.state <> 'RELEASED'
  SET i.state = 'RELEASED'
  RETURN count(i) AS images
}
CALL (c) { MATCH (n:Annotation {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:Series {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:Study {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:Individual {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:Diagnosis {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:Treatment {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) { MATCH (n:History {collection: c.accession}) SET n.state = 'RELEASED' }
CALL (c) {
  MATCH (c)-[:HAS_INDIVIDUAL]->(:Individual)-[r:SAME_AS]->(g)
  SET r.state = 'RELEASED', g.state = 'RELEASED'
  WITH DISTINCT g
  OPTIONAL MATCH (g)-[:HAS_SAMPLE]->(s:Sample)
  OPTIONAL MATCH (s)-[:HAS_EXPERIMENT]->(e:Experiment)
  OPTIONAL MATCH (e)-[:HAS_RUN]->(run:Run)
  SET s.state = 'RELEASED', e.state = 'RELEASED', run.state = 'RELEASED'
}
CALL (c) {
  MATCH (c)-[:DESCRIBED_BY]->(b:BioProject)
  SET b.state = 'RELEASED'
  WITH b
  OPTIONAL MATCH (b)-[:HAS_DATASET]->(study:GsaStudy)
  SET study.state = 'RELEASED'
}
CALL (c, images) {
  OPTIONAL MATCH (earlier:Release)-[:FREEZES]->(c)
  WITH c, images, count(earlier) + 1 AS number
  CREATE (release:Release {id: c.accession + '/' + toString(number), number: number, by: $by, at: $now, images: images})
  CREATE (release)-[:FREEZES]->(c)
}
CALL () { MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation + 1 }
RETURN images
