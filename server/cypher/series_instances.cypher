// [series uid, modality, [[number, frames, rows, columns, sop class]]]: touched series with their images.
UNWIND $keys AS key
MATCH (s:Series {key: key})
RETURN s.uid, s.modality, COLLECT { MATCH (s)-[:HAS_IMAGE]->(i:Image) RETURN [i.number, i.frames, i.rows, i.columns, i.sopClass] LIMIT 5000 }
