// [files]: the store objects of a batch that the graph refers to.
RETURN COLLECT { MATCH (i:Image {batch: $id}) RETURN i.file } + COLLECT { MATCH (a:Annotation {batch: $id}) RETURN a.file }
