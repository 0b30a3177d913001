// [reasons, images]: releases the images of a collection that nothing holds back; how many, and how many are held back for which reasons.
MATCH (i:Image {collection: $accession}) WHERE i.state <> 'RELEASED'
WITH i, [reason IN coalesce(i.holdReasons, []) WHERE NOT reason IN $reviewed] AS reasons
SET i.state = CASE WHEN reasons = [] THEN 'RELEASED' ELSE i.state END
RETURN reasons, count(*) AS images
