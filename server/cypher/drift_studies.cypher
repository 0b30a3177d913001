// [label, key, kept, found]: studies whose kept counts or modalities are wrong.
MATCH (n:Study)
WITH n, [n.seriesCount, n.releasedSeriesCount, n.imageCount, n.releasedImageCount,
         n.modalities, n.releasedModalities] AS kept,
     [COUNT { (n)-[:HAS_SERIES]->() }, COUNT { (n)-[:HAS_SERIES]->(:Series {state: 'RELEASED'}) },
      COUNT { (n)-[:HAS_SERIES]->()-[:HAS_IMAGE]->() },
      COUNT { (n)-[:HAS_SERIES]->(:Series {state: 'RELEASED'})-[:HAS_IMAGE]->(:Image {state: 'RELEASED'}) },
      COLLECT { MATCH (n)-[:HAS_SERIES]->(s:Series) WHERE s.modality IS NOT NULL
        WITH DISTINCT s.modality AS each ORDER BY each RETURN each },
      COLLECT { MATCH (n)-[:HAS_SERIES]->(s:Series {state: 'RELEASED'}) WHERE s.modality IS NOT NULL
        WITH DISTINCT s.modality AS each ORDER BY each RETURN each }] AS found
WHERE kept <> found OR any(each IN kept WHERE each IS NULL)
RETURN 'Study', n.key, kept, found
