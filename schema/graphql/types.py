"""The types of the API. What each field means is said once, in `schema/graph.py`; here is what it is.

What may be absent, or hidden from this viewer, is nullable.
"""

from typing import Any, Optional

import strawberry

from obia.schema.graphql.connections import Connection, LinkConnection
from obia.schema.graphql.enums import Access, DiagnosisKind, HistoryKind, Sex, State
from obia.schema.graphql.modelled import modelled
from obia.schema.graphql.scalars import Date, DateTime, Long


@strawberry.interface(description="Anything with a global id.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = strawberry.field(description="Its global id: opaque, and stable for ever.")

    @classmethod
    def resolve_type(cls, row: Any, *_: object) -> str:
        """The plan knows."""
        return str(row.type_name)


@modelled
class Collection(Node):
    """A collection."""

    accession: str
    title: str | None
    description: str | None
    licence: str | None
    access: Access | None
    state: State
    created_at: DateTime | None
    released_at: DateTime | None
    individual_count: int | None
    study_count: int | None
    series_count: int | None
    image_count: int | None
    individuals: Connection["Individual"]
    bio_project: Optional["BioProject"]


@modelled
class Individual(Node):
    """An individual."""

    accession: str
    pseudonym: str | None
    species: str | None
    sex: Sex | None
    ethnicity: str | None
    study_count: int | None
    state: State
    collection: Optional["Collection"]
    studies: Connection["Study"]
    diagnoses: Connection["Diagnosis"]
    treatments: Connection["Treatment"]
    history: Connection["History"]
    gsa_individuals: LinkConnection["GsaIndividual"]
    gdc_cases: LinkConnection["GdcCase"]


@modelled
class Study(Node):
    """A study."""

    accession: str
    uid: str
    date: Date | None
    age_at_study: int | None
    modalities: list[str] | None
    series_count: int | None
    image_count: int | None
    state: State
    individual: Optional["Individual"]
    series: Connection["Series"]


@modelled
class Series(Node):
    """A series."""

    uid: str
    number: int | None
    modality: str | None
    modality_raw: str | None
    body_part: str | None
    body_part_raw: str | None
    laterality: str | None
    manufacturer: str | None
    manufacturer_raw: str | None
    manufacturer_model: str | None
    date: Date | None
    slice_thickness: float | None
    image_count: int | None
    state: State
    study: Optional["Study"]
    images: Connection["Image"]
    annotations: Connection["Annotation"]
    annotated_by: Connection["Annotation"]


@modelled
class Image(Node):
    """An image."""

    uid: str
    number: int | None
    frames: int | None
    rows: int | None
    columns: int | None
    sop_class: str | None
    transfer_syntax: str | None
    digest: str | None
    size: Long | None
    state: State
    series: Optional["Series"]
    annotations: Connection["Annotation"]
    same_originals: Connection["Image"]


@modelled
class Annotation(Node):
    """An annotation."""

    uid: str
    modality: str | None
    sop_class: str | None
    digest: str | None
    size: Long | None
    state: State
    series: Optional["Series"]
    images: Connection["Image"]
    annotated_series: Connection["Series"]


@modelled
class Diagnosis(Node):
    """A diagnosis."""

    kind: DiagnosisKind | None
    code: str | None
    value: str | None
    value_raw: str | None
    date: Date | None
    state: State
    individual: Optional["Individual"]


@modelled
class Treatment(Node):
    """A treatment."""

    code: str | None
    value: str | None
    value_raw: str | None
    date: Date | None
    state: State
    individual: Optional["Individual"]


@modelled
class History(Node):
    """Something that went before."""

    kind: HistoryKind | None
    code: str | None
    value: str | None
    value_raw: str | None
    date: Date | None
    state: State
    individual: Optional["Individual"]


@modelled
class BioProject(Node):
    """A BioProject."""

    accession: str
    title: str | None
    state: State
    collections: Connection["Collection"]
    gsa_studies: Connection["GsaStudy"]


@modelled
class GsaStudy(Node):
    """A study of GSA-Human."""

    accession: str
    title: str | None
    state: State
    bio_project: Optional["BioProject"]
    individuals: Connection["GsaIndividual"]


@modelled
class GsaIndividual(Node):
    """An individual of GSA-Human."""

    accession: str
    state: State
    gsa_studies: Connection["GsaStudy"]
    individuals: LinkConnection["Individual"]
    samples: Connection["Sample"]


@modelled
class Sample(Node):
    """A sample."""

    accession: str
    sample_type: str | None
    state: State
    gsa_individual: Optional["GsaIndividual"]
    experiments: Connection["Experiment"]


@modelled
class Experiment(Node):
    """An experiment."""

    accession: str
    strategy: str | None
    platform: str | None
    state: State
    sample: Optional["Sample"]
    runs: Connection["Run"]


@modelled
class Run(Node):
    """A run."""

    accession: str
    state: State
    experiment: Optional["Experiment"]


@modelled
class GdcCase(Node):
    """A case of the Genomic Data Commons."""

    accession: str
    state: State
    individuals: LinkConnection["Individual"]


@strawberry.type(description="An image like another, and how far apart they are.")
class SimilarImage:
    """An image like another."""

    image: Image = strawberry.field(description="The image.")
    distance: int = strawberry.field(description="In how many bits the two images' codes differ.")


NODES: tuple[type[Node], ...] = (
    Collection,
    Individual,
    Study,
    Series,
    Image,
    Annotation,
    Diagnosis,
    Treatment,
    History,
    BioProject,
    GsaStudy,
    GsaIndividual,
    Sample,
    Experiment,
    Run,
    GdcCase,
)
