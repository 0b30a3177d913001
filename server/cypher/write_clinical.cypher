// []: writes new clinical nodes and demographics of a table; a later release makes the nodes public.
CALL () {
  UNWIND $Diagnosis AS row MATCH (i:Individual {key: row.individual})
  MERGE (n:Diagnosis {key: row.key}) ON CREATE SET n += row.properties, n.state = 'ACCEPTED'
  MERGE (i)-[:HAS_DIAGNOSIS]->(n)
}
CALL () {
  UNWIND $Treatment AS row MATCH (i:Individual {key: row.individual})
  MERGE (n:Treatment {key: row.key}) ON CREATE SET n += row.properties, n.state = 'ACCEPTED'
  MERGE (i)-[:HAS_TREATMENT]->(n)
}
CALL () {
  UNWIND $History AS row MATCH (i:Individual {key: row.individual})
  MERGE (n:History {key: row.key}) ON CREATE SET n += row.properties, n.state = 'ACCEPTED'
  MERGE (i)-[:HAS_HISTORY]->(n)
}
CALL () {
  UNWIND $demographics AS row MATCH (i:Individual {key: row.key})
  SET i += row.properties,
      i.said = [name IN coalesce(i.said, []) WHERE NOT name IN keys(row.properties)] + keys(row.properties)
}
