// [id]: the changes of an audit log that are marked.
MATCH (c:Change {log: $log}) RETURN c.id
