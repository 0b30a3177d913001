// [name, role, grants, created, revoked]: every token.
MATCH (t:Token) RETURN t.name, t.role, t.grants, t.createdAt, t.revokedAt ORDER BY t.createdAt, t.name
