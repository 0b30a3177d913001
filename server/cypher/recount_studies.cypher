// []: recounts touched studies from their series; one that holds nothing any more goes.
UNWIND $keys AS key
MATCH (n:Study {key: key})
CALL (n) {
  OPTIONAL MATCH (n)-[:HAS_SERIES]->(s:Series)
  WITH s ORDER BY s.modality
  RETURN count(s) AS series, count(CASE WHEN s.state = 'RELEASED' THEN 1 END) AS releasedSeries,
    sum(s.imageCount) AS images, sum(CASE WHEN s.state = 'RELEASED' THEN s.releasedImageCount ELSE 0 END) AS releasedImages,
    collect(DISTINCT s.modality) AS modalities,
    collect(DISTINCT CASE WHEN s.state = 'RELEASED' THEN s.modality END) AS releasedModalities
}
SET n.seriesCount = series, n.releasedSeriesCount = releasedSeries, n.imageCount = images,
    n.releasedImageCount = releasedImages, n.modalities = modalities,
    n.releasedModalities = releasedModalities
WITH n WHERE n.seriesCount = 0
DETACH DELETE n
