// []: removes a quarantined file from the graph, with what was found about it.
MATCH (q:Quarantined {intakeId: $id}) OPTIONAL MATCH (f:Finding)-[:ABOUT]->(q) DETACH DELETE f, q
