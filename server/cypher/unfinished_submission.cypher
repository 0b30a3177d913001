// [id]: the newest unfinished submission of a source to a collection.
MATCH (s:Submission {source: $source, collection: $collection}) WHERE s.state IN ['PLANNED', 'RUNNING']
RETURN s.id ORDER BY s.createdAt DESC LIMIT 1
