// []: recounts touched individuals; one without studies, clinical data and links goes.
UNWIND $keys AS key
MATCH (n:Individual {key: key})
SET n.studyCount = COUNT { (n)-[:HAS_STUDY]->() },
    n.releasedStudyCount = COUNT { (n)-[:HAS_STUDY]->(:Study {state: 'RELEASED'}) }
WITH n WHERE n.studyCount = 0
  AND NOT EXISTS { (n)-[:HAS_DIAGNOSIS|HAS_TREATMENT|HAS_HISTORY|SAME_AS]->() }
DETACH DELETE n
