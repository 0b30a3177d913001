// [uids]: the next images after a UID that lack a code of an encoder, sorted.
RETURN COLLECT {
  MATCH (i:Image) WHERE i.uid > $after AND NOT EXISTS { MATCH (i)-[:HAS_CODE]->(:Code {encoder: $encoder}) }
  RETURN i.uid ORDER BY i.uid LIMIT $limit
}
