// [last individual, last study]: the numbers given before; the counters move on by so many.
MERGE (i:Counter {name: 'Individual'}) ON CREATE SET i.last = 0
MERGE (s:Counter {name: 'Study'}) ON CREATE SET s.last = 0
WITH i, s, i.last AS individual, s.last AS study
SET i.last = individual + $individuals, s.last = study + $studies
RETURN individual, study
