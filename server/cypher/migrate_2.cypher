// []: 1 to 2: studies learn which modalities are released.
MATCH (s:Study)
SET s.releasedModalities = COLLECT { MATCH (s)-[:HAS_SERIES]->(r:Series {state: 'RELEASED'}) WHERE r.modality IS NOT NULL
  WITH DISTINCT r.modality AS modality ORDER BY modality RETURN modality }
