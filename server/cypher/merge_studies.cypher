// []: writes studies; where files disagree the first value in sorting order stays; what was released stays as it was.
UNWIND $rows AS row
MATCH (p:Individual {key: row.individual})
MERGE (n:Study {key: row.key})
ON CREATE SET n.accession = row.accession, n.collection = row.collection, n.patient = row.patient, n.uid = row.uid,
  n.state = 'ACCEPTED', n.seriesCount = 0, n.releasedSeriesCount = 0, n.imageCount = 0, n.releasedImageCount = 0,
  n.modalities = [], n.releasedModalities = []
FOREACH (_ IN CASE n.state WHEN 'RELEASED' THEN [] ELSE [1] END |
  SET n.date = CASE WHEN n.date IS NULL OR row.date < n.date THEN coalesce(row.date, n.date) ELSE n.date END,
      n.ageAtStudy = CASE WHEN n.ageAtStudy IS NULL OR row.ageAtStudy < n.ageAtStudy
                          THEN coalesce(row.ageAtStudy, n.ageAtStudy) ELSE n.ageAtStudy END
)
MERGE (p)-[:HAS_STUDY]->(n)
