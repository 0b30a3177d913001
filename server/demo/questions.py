"""What the demo asks, as anybody on the net could once the collections are released."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and in GraphQL."""

    words: str
    document: str


TRAVERSAL = Question(
    "From a collection down to its images: the first MR series",
    """
query {
  collection(accession: "OBIA0001") {
    accession title individualCount imageCount
    bioProject { accession }
    individuals(first: 1, filter: {studies: {some: {series: {some: {modality: {eq: "MR"}}}}}, sex: {eq: FEMALE}}) {
      totalCount
      nodes {
        sex species
        studies(first: 1) {
          nodes {
            modalities
            series(first: 1, filter: {modality: {eq: "MR"}}) {
              nodes { modality manufacturer images(first: 3) { totalCount nodes { number rows columns } } }
            }
          }
        }
      }
    }
  }
}""",
)

GENOME = Question(
    "From a genome to images: the individual of a GSA-Human accession, and what was imaged",
    """
query {
  gsaIndividual(accession: "HRI000001") {
    accession
    samples(first: 5) {
      nodes { accession sampleType experiments(first: 5) { nodes { strategy runs(first: 5) { nodes { accession } } } } }
    }
    individuals(first: 5) {
      edges {
        evidence confidence assertedBy
        node { sex studies(first: 5) { nodes { modalities series(first: 5) { nodes { modality imageCount } } } } }
      }
    }
  }
}""",
)

WOMEN = Question(
    "Women with endometrial cancer whose tumour has RNA-seq, and their series",
    """
query {
  individuals(
    filter: {
      sex: {eq: FEMALE}
      diagnoses: {some: {value: {eq: "endometrial cancer"}}}
      gsaIndividuals: {
        some: {samples: {some: {
          sampleType: {eq: "TUMOUR"}
          experiments: {some: {strategy: {eq: "RNA-Seq"}, runs: {some: {accession: {startsWith: "HRR"}}}}}
        }}}
      }
    }
  ) {
    totalCount
    nodes {
      collection { accession }
      diagnoses(first: 5) { nodes { kind code value } }
      studies(first: 5) { nodes { series(first: 5) { nodes { modality bodyPart } } } }
    }
  }
}""",
)

SOME_IMAGE = """
query { series(first: 1, filter: {modality: {eq: "CR"}}, orderBy: [{field: UID, direction: ASC}]) { nodes { images(first: 1) { nodes { uid } } } } }
"""


def similar(uid: str) -> Question:
    """The images most like one."""
    return Question(
        "The images most like one of the radiographs",
        f"""
query {{
  similarImages(uid: "{uid}", first: 3) {{
    distance
    image {{ number rows columns series {{ modality bodyPart study {{ individual {{ collection {{ accession }} }} }} }} }}
  }}
}}""",
    )
