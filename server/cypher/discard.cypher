// [intake id]: removes a quarantined file from the graph, with what was found about it; no row where it is gone.
MATCH (q:Quarantined {intakeId: $id})
OPTIONAL MATCH (f:Finding)-[:ABOUT]->(q)
WITH q, collect(f) AS findings
FOREACH (each IN findings | DETACH DELETE each)
DETACH DELETE q
RETURN $id
