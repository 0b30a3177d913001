// [reasons, annotations]: releases the annotations of a collection, but for those that another has released of the same original; how many, and how many are held back for which reasons.
MATCH (a:Annotation {collection: $accession}) WHERE a.state <> 'RELEASED'
CALL (a) {
  RETURN EXISTS {
    MATCH (other:Annotation {original: a.original, state: 'RELEASED'})
    WHERE other.collection <> a.collection AND coalesce(other.originalPixels, '') = coalesce(a.originalPixels, '')
  } AS isElsewhere
}
WITH a, CASE WHEN isElsewhere AND NOT 'SAME_ORIGINAL' IN $reviewed THEN ['SAME_ORIGINAL'] ELSE [] END AS reasons
SET a.state = CASE WHEN reasons = [] THEN 'RELEASED' ELSE a.state END
RETURN reasons, count(*) AS annotations
