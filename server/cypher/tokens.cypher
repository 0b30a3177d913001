// [name, role, grants, created, revoked, id]: every token.
MATCH (t:Token) RETURN t.name, t.role, t.grants, t.createdAt, t.revokedAt, t.id ORDER BY t.createdAt, t.name
