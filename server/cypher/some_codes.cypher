// [[key, bits]]: the codes of these keys.
RETURN COLLECT { UNWIND $keys AS key MATCH (c:Code {key: key}) RETURN [key, c.bits] }
