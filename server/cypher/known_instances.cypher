// [uid, collection, original, pixels, file digest]: what is held under these UIDs, and which of these files are quarantined.
CALL () {
  UNWIND $uids AS uid MATCH (i:Image {uid: uid})
  RETURN uid, i.collection AS collection, i.original AS original, i.originalPixels AS pixels, null AS file
  UNION ALL
  UNWIND $uids AS uid MATCH (i:Annotation {uid: uid})
  RETURN uid, i.collection AS collection, i.original AS original, i.originalPixels AS pixels, null AS file
  UNION ALL
  UNWIND $uids AS uid MATCH (q:Quarantined {uid: uid}) WHERE q.code IN ['CONFLICT', 'MIX_UP']
  RETURN uid, '' AS collection, q.original AS original, q.originalPixels AS pixels, null AS file
  UNION ALL
  UNWIND $files AS file MATCH (q:Quarantined {file: file})
  RETURN null AS uid, q.collection AS collection, null AS original, null AS pixels, file
}
RETURN uid, collection, original, pixels, file
