// [reasons, images]: releases the images of a collection that nothing holds back; how many, and how many are held back for which reasons.
MATCH (i:Image {collection: $accession}) WHERE i.state <> 'RELEASED'
CALL (i) {
  RETURN EXISTS {
    MATCH (other:Image {original: i.original, state: 'RELEASED'})
    WHERE other.collection <> i.collection AND coalesce(other.originalPixels, '') = coalesce(i.originalPixels, '')
  } AS isElsewhere
}
WITH i, coalesce(i.holdReasons, []) + CASE WHEN isElsewhere THEN ['SAME_ORIGINAL'] ELSE [] END AS all
WITH i, [reason IN all WHERE NOT reason IN $reviewed] AS reasons
SET i.state = CASE WHEN reasons = [] THEN 'RELEASED' ELSE i.state END
RETURN reasons, count(*) AS images
