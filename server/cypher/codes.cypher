// [[uid, bits]]: one page of an encoder's codes, by UID.
RETURN COLLECT {
  MATCH (c:Code) WHERE c.key > $after AND c.key STARTS WITH $prefix
  RETURN [c.uid, c.bits] ORDER BY c.key LIMIT $limit
}
