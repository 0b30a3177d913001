// [label, key, kept, found]: collections whose kept counts are wrong.
MATCH (n:Collection)
WITH n, [n.individualCount, n.releasedIndividualCount, n.studyCount, n.releasedStudyCount, n.seriesCount,
         n.releasedSeriesCount, n.imageCount, n.releasedImageCount] AS kept,
     [COUNT { (n)-[:HAS_INDIVIDUAL]->() }, COUNT { (n)-[:HAS_INDIVIDUAL]->(:Individual {state: 'RELEASED'}) },
      COUNT { (n)-[:HAS_INDIVIDUAL]->()-[:HAS_STUDY]->() },
      COUNT { (n)-[:HAS_INDIVIDUAL]->()-[:HAS_STUDY]->(:Study {state: 'RELEASED'}) },
      COUNT { (n)-[:HAS_INDIVIDUAL]->()-[:HAS_STUDY]->()-[:HAS_SERIES]->() },
      COUNT { (n)-[:HAS_INDIVIDUAL]->()-[:HAS_STUDY]->()-[:HAS_SERIES]->(:Series {state: 'RELEASED'}) },
      COUNT { (n)-[:HAS_INDIVIDUAL]->()-[:HAS_STUDY]->()-[:HAS_SERIES]->()-[:HAS_IMAGE]->() },
      COUNT { (n)-[:HAS_INDIVIDUAL]->()-[:HAS_STUDY]->()-[:HAS_SERIES]->(:Series {state: 'RELEASED'})-[:HAS_IMAGE]->(:Image {state: 'RELEASED'}) }] AS found
WHERE kept <> found OR any(each IN kept WHERE each IS NULL)
RETURN 'Collection', n.accession, kept, found
