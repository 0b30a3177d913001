// []: links the released images of a collection to those that others have released of the same originals, both ways.
MATCH (i:Image {collection: $accession, state: 'RELEASED'})
MATCH (other:Image {original: i.original, state: 'RELEASED'})
WHERE other.collection <> i.collection AND coalesce(other.originalPixels, '') = coalesce(i.originalPixels, '')
MERGE (i)-[:SAME_ORIGINAL]->(other)
MERGE (other)-[:SAME_ORIGINAL]->(i)
