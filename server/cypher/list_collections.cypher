// [accession, title, state, access, bioproject, individuals, studies, series, images]: every collection.
MATCH (c:Collection)
RETURN c.accession, c.title, c.state, c.access, COLLECT { MATCH (c)-[:DESCRIBED_BY]->(b) RETURN b.accession }[0],
       c.individualCount, c.studyCount, c.seriesCount, c.imageCount
ORDER BY size(c.accession), c.accession
