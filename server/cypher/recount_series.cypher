// []: recounts touched series; one that holds nothing any more goes.
UNWIND $keys AS key
MATCH (n:Series {key: key})
SET n.imageCount = COUNT { (n)-[:HAS_IMAGE]->() },
    n.releasedImageCount = COUNT { (n)-[:HAS_IMAGE]->(:Image {state: 'RELEASED'}) }
WITH n WHERE n.imageCount = 0 AND NOT EXISTS { (n)-[:HAS_ANNOTATION]->() }
DETACH DELETE n
