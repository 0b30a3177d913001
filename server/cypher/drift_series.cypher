// [label, key, kept, found]: series whose kept counts are wrong.
MATCH (n:Series)
WITH n, [n.imageCount, n.releasedImageCount] AS kept,
     [COUNT { (n)-[:HAS_IMAGE]->() }, COUNT { (n)-[:HAS_IMAGE]->(:Image {state: 'RELEASED'}) }] AS found
WHERE kept <> found OR any(each IN kept WHERE each IS NULL)
RETURN 'Series', n.key, kept, found
