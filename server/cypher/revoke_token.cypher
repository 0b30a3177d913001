// [1]: revokes the token in force of this name; no row if there is none.
MATCH (t:Token {name: $name}) WHERE t.revokedAt IS NULL SET t.revokedAt = $now RETURN 1
