// []: sets what a collection is called.
MATCH (c:Collection {accession: $accession}) SET c += $properties
