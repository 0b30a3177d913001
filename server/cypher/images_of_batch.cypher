// [uids]: the images that a batch brought, sorted.
RETURN COLLECT { MATCH (i:Image {batch: $batch}) RETURN i.uid ORDER BY i.uid }
