// [label, key, kept, found]: individuals whose kept counts are wrong.
MATCH (n:Individual)
WITH n, [n.studyCount, n.releasedStudyCount] AS kept,
     [COUNT { (n)-[:HAS_STUDY]->() }, COUNT { (n)-[:HAS_STUDY]->(:Study {state: 'RELEASED'}) }] AS found
WHERE kept <> found OR any(each IN kept WHERE each IS NULL)
RETURN 'Individual', n.key, kept, found
