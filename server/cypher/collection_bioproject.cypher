// [bioproject]: of a collection; null if it has none, no row if there is no such collection.
MATCH (c:Collection {accession: $accession}) OPTIONAL MATCH (c)-[:DESCRIBED_BY]->(b:BioProject)
RETURN b.accession LIMIT 1
