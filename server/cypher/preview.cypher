// [file, digest, collection, released?, open?]: of an image.
MATCH (i:Image {uid: $uid})
MATCH (c:Collection {accession: i.collection})
RETURN i.file, i.digest, c.accession, i.state = 'RELEASED' AND c.state = 'RELEASED', c.access = 'OPEN'
