// []: puts a release of a collection on record; readers of the graph and of codes learn that something changed.
MATCH (c:Collection {accession: $accession})
SET c.state = 'RELEASED', c.releasedAt = $now
WITH c, COUNT { (:Release)-[:FREEZES]->(c) } + 1 AS number
CREATE (release:Release {id: c.accession + '/' + toString(number), number: number, by: $by, at: $now,
  images: $images, reviewed: $reviewed, heldBack: $heldBack})
CREATE (release)-[:FREEZES]->(c)
WITH 1 AS done
CALL () { MATCH (e:Encoder) SET e.generation = e.generation + 1 }
CALL () { MATCH (meta:Meta {name: 'meta'}) SET meta.generation = meta.generation + 1 }
