// []: writes a collection, its BioProject if one is named, and who owns it.
CREATE (c:Collection {accession: $accession, title: $title, description: $description, licence: $licence,
  access: $access, state: 'RECEIVED', createdAt: $now,
  individualCount: 0, releasedIndividualCount: 0, studyCount: 0, releasedStudyCount: 0,
  seriesCount: 0, releasedSeriesCount: 0, imageCount: 0, releasedImageCount: 0})
WITH c
CALL (c) {
  WITH c WHERE $bioproject IS NOT NULL
  MERGE (b:BioProject {accession: $bioproject}) ON CREATE SET b.state = 'ACCEPTED'
  MERGE (c)-[:DESCRIBED_BY]->(b)
}
CALL (c) {
  MATCH (t:Token {id: $owner}) MERGE (t)-[:OWNS]->(c)
}
