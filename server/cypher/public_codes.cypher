// [[uid, bits]]: one page of an encoder's codes of images that anybody may see, by UID.
RETURN COLLECT {
  MATCH (c:Code) WHERE c.key > $after AND c.key STARTS WITH $prefix
    AND EXISTS {
      MATCH (i:Image {uid: c.uid, state: 'RELEASED'})
      WHERE EXISTS { (:Collection {accession: i.collection, access: 'OPEN'}) }
    }
  RETURN [c.uid, c.bits] ORDER BY c.key LIMIT $limit
}
