// [label, uid, file]: every file that the graph refers to.
CALL () {
  MATCH (i:Image) RETURN 'Image' AS label, i.uid AS uid, i.file AS file
  UNION ALL
  MATCH (a:Annotation) RETURN 'Annotation' AS label, a.uid AS uid, a.file AS file
}
RETURN label, uid, file
