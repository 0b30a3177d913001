// []: recounts what is released, from the series up to the individuals of a collection.
CALL () {
  MATCH (r:Series {collection: $accession})
  SET r.releasedImageCount = COUNT { (r)-[:HAS_IMAGE]->(:Image {state: 'RELEASED'}) }
}
CALL () {
  MATCH (s:Study {collection: $accession})
  SET s.releasedSeriesCount = COUNT { (s)-[:HAS_SERIES]->(:Series {state: 'RELEASED'}) }
  SET s.releasedImageCount = reduce(sum = 0, n IN [(s)-[:HAS_SERIES]->(r:Series) | r.releasedImageCount] | sum + n)
  SET s.releasedModalities = COLLECT { MATCH (s)-[:HAS_SERIES]->(r:Series {state: 'RELEASED'}) WHERE r.modality IS NOT NULL
    WITH DISTINCT r.modality AS modality ORDER BY modality RETURN modality }
}
CALL () {
  MATCH (p:Individual {collection: $accession})
  SET p.releasedStudyCount = COUNT { (p)-[:HAS_STUDY]->(:Study {state: 'RELEASED'}) }
}
