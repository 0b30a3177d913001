"""GraphQL to Cypher: a root field becomes one statement, whose text depends on the shape of the question alone."""
