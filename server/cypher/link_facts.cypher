// [nodes by level, edges by type, details, assertions]: what the graph holds of these accessions.
RETURN [
    COLLECT { MATCH (n:BioProject) WHERE n.accession IN $bioproject RETURN n.accession },
    COLLECT { MATCH (n:GsaStudy) WHERE n.accession IN $gsa_study RETURN n.accession },
    COLLECT { MATCH (n:GsaIndividual) WHERE n.accession IN $gsa_individual RETURN n.accession },
    COLLECT { MATCH (n:Sample) WHERE n.accession IN $sample RETURN n.accession },
    COLLECT { MATCH (n:Experiment) WHERE n.accession IN $experiment RETURN n.accession },
    COLLECT { MATCH (n:Run) WHERE n.accession IN $run RETURN n.accession }
  ],
  [
    COLLECT { MATCH (n:GsaStudy)<-[:HAS_DATASET]-(p:BioProject) WHERE n.accession IN $gsa_study RETURN [p.accession, n.accession] },
    COLLECT { MATCH (n:GsaIndividual)<-[:HAS_INDIVIDUAL]-(p:GsaStudy) WHERE n.accession IN $gsa_individual RETURN [p.accession, n.accession] },
    COLLECT { MATCH (n:Sample)<-[:HAS_SAMPLE]-(p:GsaIndividual) WHERE n.accession IN $sample RETURN [p.accession, n.accession] },
    COLLECT { MATCH (n:Experiment)<-[:HAS_EXPERIMENT]-(p:Sample) WHERE n.accession IN $experiment RETURN [p.accession, n.accession] },
    COLLECT { MATCH (n:Run)<-[:HAS_RUN]-(p:Experiment) WHERE n.accession IN $run RETURN [p.accession, n.accession] }
  ],
  COLLECT {
    MATCH (n:Sample) WHERE n.accession IN $sample RETURN ['Sample', n.accession, 'sampleType', n.sampleType] AS detail
    UNION ALL
    MATCH (n:Experiment) WHERE n.accession IN $experiment RETURN ['Experiment', n.accession, 'strategy', n.strategy] AS detail
    UNION ALL
    MATCH (n:Experiment) WHERE n.accession IN $experiment RETURN ['Experiment', n.accession, 'platform', n.platform] AS detail
  },
  COLLECT {
    MATCH (n:GsaIndividual)<-[r:SAME_AS]-(i:Individual) WHERE n.accession IN $gsa_individual
    RETURN [i.key, n.accession, r.evidence, r.method, r.confidence, r.assertedBy, r.assertedAt, r.status]
  }
