// []: writes series; where files disagree the first value in sorting order stays; what was released stays as it was.
UNWIND $rows AS row
MATCH (s:Study {key: row.study})
MERGE (n:Series {key: row.key})
ON CREATE SET n.collection = row.collection, n.uid = row.uid, n.state = 'ACCEPTED', n.imageCount = 0, n.releasedImageCount = 0
FOREACH (_ IN CASE n.state WHEN 'RELEASED' THEN [] ELSE [1] END |
  SET n.number = CASE WHEN n.number IS NULL OR row.number < n.number THEN coalesce(row.number, n.number) ELSE n.number END,
      n.modality = CASE WHEN n.modality IS NULL OR row.modality < n.modality THEN coalesce(row.modality, n.modality) ELSE n.modality END,
      n.modalityRaw = CASE WHEN n.modalityRaw IS NULL OR row.modalityRaw < n.modalityRaw THEN coalesce(row.modalityRaw, n.modalityRaw) ELSE n.modalityRaw END,
      n.bodyPart = CASE WHEN n.bodyPart IS NULL OR row.bodyPart < n.bodyPart THEN coalesce(row.bodyPart, n.bodyPart) ELSE n.bodyPart END,
      n.bodyPartRaw = CASE WHEN n.bodyPartRaw IS NULL OR row.bodyPartRaw < n.bodyPartRaw THEN coalesce(row.bodyPartRaw, n.bodyPartRaw) ELSE n.bodyPartRaw END,
      n.laterality = CASE WHEN n.laterality IS NULL OR row.laterality < n.laterality THEN coalesce(row.laterality, n.laterality) ELSE n.laterality END,
      n.manufacturer = CASE WHEN n.manufacturer IS NULL OR row.manufacturer < n.manufacturer THEN coalesce(row.manufacturer, n.manufacturer) ELSE n.manufacturer END,
      n.manufacturerRaw = CASE WHEN n.manufacturerRaw IS NULL OR row.manufacturerRaw < n.manufacturerRaw THEN coalesce(row.manufacturerRaw, n.manufacturerRaw) ELSE n.manufacturerRaw END,
      n.manufacturerModel = CASE WHEN n.manufacturerModel IS NULL OR row.manufacturerModel < n.manufacturerModel THEN coalesce(row.manufacturerModel, n.manufacturerModel) ELSE n.manufacturerModel END,
      n.date = CASE WHEN n.date IS NULL OR row.date < n.date THEN coalesce(row.date, n.date) ELSE n.date END,
      n.frameOfReference = CASE WHEN n.frameOfReference IS NULL OR row.frameOfReference < n.frameOfReference THEN coalesce(row.frameOfReference, n.frameOfReference) ELSE n.frameOfReference END,
      n.sliceThickness = CASE WHEN n.sliceThickness IS NULL OR row.sliceThickness < n.sliceThickness THEN coalesce(row.sliceThickness, n.sliceThickness) ELSE n.sliceThickness END
)
MERGE (s)-[:HAS_SERIES]->(n)
