// []: a conflict in a study that turned out to be mixed up is a mix-up.
UNWIND $studies AS uid MATCH (q:Quarantined {study: uid}) WHERE q.code = 'CONFLICT' SET q.code = 'MIX_UP'
