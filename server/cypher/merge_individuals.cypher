// []: writes individuals; where files disagree the first value in sorting order stays, so that order does not matter; what was released stays as it was; what a clinical table said stays.
UNWIND $rows AS row
MATCH (c:Collection {accession: row.collection})
MERGE (n:Individual {key: row.key})
ON CREATE SET n.accession = row.accession, n.collection = row.collection, n.patient = row.patient, n.keyId = row.keyId,
  n.pseudonym = row.pseudonym, n.state = 'ACCEPTED', n.studyCount = 0, n.releasedStudyCount = 0
SET n.issuer = coalesce(n.issuer, row.issuer)
FOREACH (_ IN CASE n.state WHEN 'RELEASED' THEN [] ELSE [1] END |
  SET n.sex = CASE WHEN n.sex IS NULL OR (row.sex < n.sex AND NOT 'sex' IN coalesce(n.said, [])) THEN coalesce(row.sex, n.sex) ELSE n.sex END,
      n.species = CASE WHEN n.species IS NULL OR (row.species < n.species AND NOT 'species' IN coalesce(n.said, [])) THEN coalesce(row.species, n.species) ELSE n.species END
)
MERGE (c)-[:HAS_INDIVIDUAL]->(n)
