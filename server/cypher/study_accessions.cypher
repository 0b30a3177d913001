// [study key, individual accession, study accession]
UNWIND $keys AS key
MATCH (p:Individual)-[:HAS_STUDY]->(s:Study {key: key})
RETURN key, p.accession, s.accession
