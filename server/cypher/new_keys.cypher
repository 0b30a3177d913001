// [individual keys, study keys]: which of these are not in the graph yet.
RETURN COLLECT { UNWIND $individuals AS key WITH key WHERE NOT EXISTS { (:Individual {key: key}) } RETURN key },
       COLLECT { UNWIND $studies AS key WITH key WHERE NOT EXISTS { (:Study {key: key}) } RETURN key }
