// []: keeps what a change is about, which may have got its name in this transaction.
MATCH (c:Change {id: $id}) SET c.subject = $subject
