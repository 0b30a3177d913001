// [generation, bits]: an encoder's generation and the code it gave one image; null where there is none.
OPTIONAL MATCH (e:Encoder {identity: $identity})
OPTIONAL MATCH (:Image {uid: $uid})-[:HAS_CODE]->(c:Code {key: $identity + '/' + $uid})
RETURN e.generation, c.bits
