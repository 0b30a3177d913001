// [label, key, kept, found]: studies whose kept counts are wrong.
MATCH (n:Study)
WITH n, [n.seriesCount, n.releasedSeriesCount, n.imageCount, n.releasedImageCount] AS kept,
     [COUNT { (n)-[:HAS_SERIES]->() }, COUNT { (n)-[:HAS_SERIES]->(:Series {state: 'RELEASED'}) },
      COUNT { (n)-[:HAS_SERIES]->()-[:HAS_IMAGE]->() },
      COUNT { (n)-[:HAS_SERIES]->(:Series {state: 'RELEASED'})-[:HAS_IMAGE]->(:Image {state: 'RELEASED'}) }] AS found
WHERE kept <> found OR any(each IN kept WHERE each IS NULL)
RETURN 'Study', n.key, kept, found
