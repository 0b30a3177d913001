// [file, digest, frames, state, collection, access]: what decides about an image's preview.
MATCH (i:Image {uid: $uid})
MATCH (c:Collection {accession: i.collection})
RETURN i.file, i.digest, coalesce(i.frames, 1), i.state, i.collection, c.access
