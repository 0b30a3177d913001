// [individuals by accession, by patient, [[collection, bioproject]]]: an individual is [key, accession, collection, patient, sex, species, ethnicity], by patient with the digest that was asked for in front.
RETURN COLLECT {
    UNWIND $accessions AS accession MATCH (i:Individual {accession: accession})
    RETURN [i.key, i.accession, i.collection, i.patient, i.sex, i.species, i.ethnicity]
  },
  COLLECT {
    CALL () {
      UNWIND $patients AS patient MATCH (i:Individual {patient: patient}) RETURN patient, i
      UNION
      UNWIND $patients AS patient MATCH (i:Individual {issuer: patient}) RETURN patient, i
    }
    RETURN [patient, i.key, i.accession, i.collection, i.patient, i.sex, i.species, i.ethnicity] ORDER BY i.key
  },
  COLLECT {
    UNWIND $collections AS accession MATCH (c:Collection {accession: accession})
    RETURN [accession, head(COLLECT { MATCH (c)-[:DESCRIBED_BY]->(b:BioProject) RETURN b.accession ORDER BY b.accession })]
  }
