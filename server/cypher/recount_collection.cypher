// []: recounts collections from their individuals.
UNWIND $accessions AS accession
MATCH (n:Collection {accession: accession})
CALL (n) {
  OPTIONAL MATCH (n)-[:HAS_INDIVIDUAL]->(i:Individual)
  OPTIONAL MATCH (i)-[:HAS_STUDY]->(s:Study)
  RETURN count(DISTINCT i) AS individuals, count(DISTINCT CASE WHEN i.state = 'RELEASED' THEN i END) AS releasedIndividuals,
    count(s) AS studies, count(CASE WHEN s.state = 'RELEASED' THEN 1 END) AS releasedStudies,
    sum(s.seriesCount) AS series, sum(s.releasedSeriesCount) AS releasedSeries,
    sum(s.imageCount) AS images, sum(s.releasedImageCount) AS releasedImages
}
SET n.individualCount = individuals, n.releasedIndividualCount = releasedIndividuals,
    n.studyCount = studies, n.releasedStudyCount = releasedStudies,
    n.seriesCount = series, n.releasedSeriesCount = releasedSeries,
    n.imageCount = images, n.releasedImageCount = releasedImages
