// [uid, original, pixels, recipe, quarantined?, final?]: what a collection holds under these UIDs.
CALL () {
  UNWIND $uids AS uid MATCH (i:Image {uid: uid, collection: $collection}) RETURN i, false AS quarantined
  UNION
  UNWIND $uids AS uid MATCH (i:Annotation {uid: uid, collection: $collection}) RETURN i, false AS quarantined
  UNION
  UNWIND $uids AS uid MATCH (i:Quarantined {uid: uid, collection: $collection}) WHERE i.code IN ['CONFLICT', 'MIX_UP']
  RETURN i, true AS quarantined
}
RETURN i.uid, i.original, i.originalPixels, i.recipe, quarantined,
       coalesce(i.state = 'RELEASED' OR coalesce(i.isDecided, false), false)
