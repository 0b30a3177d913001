// [keys]: which of these clinical nodes the graph holds.
RETURN COLLECT {
  MATCH (n:Diagnosis) WHERE n.key IN $keys RETURN n.key
  UNION ALL
  MATCH (n:Treatment) WHERE n.key IN $keys RETURN n.key
  UNION ALL
  MATCH (n:History) WHERE n.key IN $keys RETURN n.key
}
