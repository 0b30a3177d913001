// []: writes new nodes and edges of a link table; a later release makes them public.
CALL () { UNWIND $BioProject AS accession MERGE (n:BioProject {accession: accession}) ON CREATE SET n.state = 'ACCEPTED' }
CALL () { UNWIND $GsaStudy AS accession MERGE (n:GsaStudy {accession: accession}) ON CREATE SET n.state = 'ACCEPTED' }
CALL () { UNWIND $GsaIndividual AS accession MERGE (n:GsaIndividual {accession: accession}) ON CREATE SET n.state = 'ACCEPTED' }
CALL () { UNWIND $Sample AS accession MERGE (n:Sample {accession: accession}) ON CREATE SET n.state = 'ACCEPTED' }
CALL () { UNWIND $Experiment AS accession MERGE (n:Experiment {accession: accession}) ON CREATE SET n.state = 'ACCEPTED' }
CALL () { UNWIND $Run AS accession MERGE (n:Run {accession: accession}) ON CREATE SET n.state = 'ACCEPTED' }
CALL () { UNWIND $SampleDetails AS row MATCH (n:Sample {accession: row[0]}) SET n += row[1] }
CALL () { UNWIND $ExperimentDetails AS row MATCH (n:Experiment {accession: row[0]}) SET n += row[1] }
CALL () {
  UNWIND $DESCRIBED_BY AS row MATCH (a:Collection {accession: row[0]}) MATCH (b:BioProject {accession: row[1]})
  MERGE (a)-[:DESCRIBED_BY]->(b)
}
CALL () {
  UNWIND $HAS_DATASET AS row MATCH (a:BioProject {accession: row[0]}) MATCH (b:GsaStudy {accession: row[1]})
  MERGE (a)-[:HAS_DATASET]->(b)
}
CALL () {
  UNWIND $HAS_INDIVIDUAL AS row MATCH (a:GsaStudy {accession: row[0]}) MATCH (b:GsaIndividual {accession: row[1]})
  MERGE (a)-[:HAS_INDIVIDUAL]->(b)
}
CALL () {
  UNWIND $HAS_SAMPLE AS row MATCH (a:GsaIndividual {accession: row[0]}) MATCH (b:Sample {accession: row[1]})
  MERGE (a)-[:HAS_SAMPLE]->(b)
}
CALL () {
  UNWIND $HAS_EXPERIMENT AS row MATCH (a:Sample {accession: row[0]}) MATCH (b:Experiment {accession: row[1]})
  MERGE (a)-[:HAS_EXPERIMENT]->(b)
}
CALL () {
  UNWIND $HAS_RUN AS row MATCH (a:Experiment {accession: row[0]}) MATCH (b:Run {accession: row[1]})
  MERGE (a)-[:HAS_RUN]->(b)
}
CALL () {
  UNWIND $SAME_AS AS row MATCH (a:Individual {key: row[0]}) MATCH (b:GsaIndividual {accession: row[1]})
  MERGE (a)-[r:SAME_AS]->(b) ON CREATE SET r += row[2], r.state = 'ACCEPTED'
}
