// [uid, other uid]: what a batch brought and, in other collections, the instances of equal originals.
CALL () {
  MATCH (i:Image {batch: $batch}) RETURN i
  UNION ALL
  MATCH (i:Annotation {batch: $batch}) RETURN i
}
CALL (i) {
  MATCH (other:Image {original: i.original}) RETURN other
  UNION ALL
  MATCH (other:Annotation {original: i.original}) RETURN other
}
WITH i, other
WHERE other.collection <> i.collection AND coalesce(other.originalPixels, '') = coalesce(i.originalPixels, '')
RETURN i.uid, other.uid
