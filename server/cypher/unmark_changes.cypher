// []: removes the marks of changes whose outcome is in the audit log.
UNWIND $ids AS id MATCH (c:Change {id: id}) DELETE c
