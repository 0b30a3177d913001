// [grants without a collection, made?]: writes a token, unless its name is in force or a grant names nothing.
OPTIONAL MATCH (t:Token {name: $name}) WHERE t.revokedAt IS NULL
WITH count(t) = 0 AS isFree, [a IN $grants WHERE NOT EXISTS { (:Collection {accession: a}) }] AS missing
CALL (isFree, missing) {
  WITH * WHERE isFree AND missing = []
  CREATE (:Token {digest: $digest, id: $id, name: $name, role: $role, grants: $grants, createdAt: $now})
}
RETURN missing, isFree
