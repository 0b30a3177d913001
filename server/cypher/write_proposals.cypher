// []: writes links that linkers propose; what is asserted already stays as it is, a collection keeps its BioProject.
CALL () {
  UNWIND $GsaIndividual AS row MATCH (a:Individual {accession: row.accession})
  MERGE (b:GsaIndividual {accession: row.target}) ON CREATE SET b.state = 'ACCEPTED'
  MERGE (a)-[r:SAME_AS]->(b) ON CREATE SET r += row.properties, r.state = 'ACCEPTED'
}
CALL () {
  UNWIND $GdcCase AS row MATCH (a:Individual {accession: row.accession})
  MERGE (b:GdcCase {accession: row.target}) ON CREATE SET b.state = 'ACCEPTED'
  MERGE (a)-[r:SAME_AS]->(b) ON CREATE SET r += row.properties, r.state = 'ACCEPTED'
}
CALL () {
  UNWIND $BioProject AS row MATCH (a:Collection {accession: row.accession}) WHERE NOT EXISTS { (a)-[:DESCRIBED_BY]->() }
  MERGE (b:BioProject {accession: row.target}) ON CREATE SET b.state = 'ACCEPTED'
  MERGE (a)-[:DESCRIBED_BY]->(b)
}
CALL () { MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation + 1 }
