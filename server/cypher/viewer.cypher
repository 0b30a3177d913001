// [name, role, grants, own collections, id]: of a token in force.
MATCH (t:Token {digest: $digest}) WHERE t.revokedAt IS NULL
RETURN t.name, t.role, t.grants, COLLECT {
  MATCH (t)-[:OWNS]->(c:Collection) RETURN c.accession AS accession
  UNION
  MATCH (t)-[:SUBMITS]->(:Submission)-[:PRODUCED]->(c:Collection) RETURN c.accession AS accession
}, t.id
