// [uid, file, intake id, encoders] each: of these images, those that lack a code of one of the encoders, and which they have.
UNWIND $uids AS uid
MATCH (i:Image {uid: uid})
WITH i, COLLECT { MATCH (i)-[:HAS_CODE]->(c:Code) RETURN c.encoder } AS encoders
WHERE any(each IN $encoders WHERE NOT each IN encoders)
RETURN i.uid, i.file, i.intakeId, encoders
