// [number]: the next collection's number.
MERGE (c:Counter {name: 'Collection'}) ON CREATE SET c.last = 0 SET c.last = c.last + 1 RETURN c.last
