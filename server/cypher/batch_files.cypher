// [files, intake ids, state]: the store objects of a batch that the graph refers to, which of it are quarantined, and how far it has come, null where it is gone.
OPTIONAL MATCH (b:Batch {id: $id})
RETURN COLLECT { MATCH (i:Image {batch: $id}) RETURN i.file } + COLLECT { MATCH (a:Annotation {batch: $id}) RETURN a.file },
       COLLECT { MATCH (q:Quarantined {batch: $id}) RETURN q.intakeId }, b.state
