// [void?, subject]: whether a change was not committed, and what it is about; one that was not can no longer be.
MERGE (c:Change {id: $id}) ON CREATE SET c.log = $log, c.isVoid = true, c.at = $now
RETURN c.isVoid, c.subject
