// [key, issuer]: the individuals whose Patient ID has a known issuer, and its keyed digest.
UNWIND $keys AS key MATCH (n:Individual {key: key}) WHERE n.issuer IS NOT NULL RETURN n.key, n.issuer
