// []: 2 to 3: tokens get an id, and submissions that of the token in force that handed them in.
CALL () { MATCH (t:Token) WHERE t.id IS NULL SET t.id = randomUUID() }
CALL () {
  MATCH (t:Token)-[:SUBMITS]->(s:Submission)
  WHERE s.owner IS NULL AND t.createdAt <= s.createdAt AND coalesce(t.revokedAt >= s.createdAt, true)
  SET s.owner = t.id
}
CALL () {
  MATCH (t:Token)-[r:SUBMITS]->(s:Submission) WHERE t.id <> s.owner DELETE r
}
CALL () {
  MATCH (t:Token)-[r:OWNS]->(c:Collection) WHERE t.createdAt > c.createdAt OR t.revokedAt < c.createdAt DELETE r
}
