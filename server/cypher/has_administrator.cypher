// [true or false]: whether an administrator's token is in force.
RETURN EXISTS { MATCH (t:Token {role: 'ADMINISTRATOR'}) WHERE t.revokedAt IS NULL }
