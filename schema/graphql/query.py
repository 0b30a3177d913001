"""The root fields that read. Those of the graph are planned: one statement each."""

from typing import Annotated, Any

import strawberry
from strawberry import ID, argument

from obia.schema.access import Role
from obia.schema.accessions import is_accession, looks_like
from obia.schema.errors import BadInput, Code, Forbidden
from obia.schema.graphql.connections import Connection
from obia.schema.graphql.context import Context, Writer
from obia.schema.graphql.jobs import Job
from obia.schema.graphql.modelled import MAX_PAGE, connection_field
from obia.schema.graphql.row import ResolveInfo
from obia.schema.graphql.types import (
    BioProject,
    Collection,
    GsaIndividual,
    GsaStudy,
    Image,
    Individual,
    Node,
    Run,
    Series,
    SimilarImage,
    Study,
)

MAX_UID = 64  # characters (PS3.5 section 9.1)

Info = strawberry.Info[Context, None]
Accession = Annotated[str, argument(description="Its accession.")]
Uid = Annotated[str, argument(description="Its UID, remapped.")]
AnId = Annotated[ID, argument(description="A global id.")]
Ids = Annotated[list[ID], argument(description=f"Global ids, at most {MAX_PAGE}.")]
Nearest = Annotated[int, argument(description=f"How many, at most {MAX_PAGE}.")]
OthersOnly = Annotated[bool, argument(description="Whether to leave out images of the same individual.")]
JobId = Annotated[ID, argument(description="The id that `startIngest` answered.")]


@strawberry.type(description="A plugin, and whether it runs.")
class Plugin:
    """A plugin, and whether it runs."""

    name: str = strawberry.field(description="Its name.")
    version: str = strawberry.field(description="The version of the package it comes from.")
    hooks: list[str] = strawberry.field(description="The hooks it fills.")
    error: str | None = strawberry.field(description="Why it was set aside, if it was.")


@strawberry.type(description="Who asks, as the archive sees it.")
class Viewer:
    """Who asks, as the archive sees it."""

    name: str = strawberry.field(description="The name of the token.")
    role: Role = strawberry.field(description="What the token may do.")


def by_accession(label: str, description: str) -> Any:
    """A field that finds a node by its accession."""

    async def resolve(info: Info, accession: Accession) -> object | None:
        return await find(info, label, accession)

    return strawberry.field(resolver=resolve, description=description)


def by_uid(label: str, description: str) -> Any:
    """A field that finds a node by its UID."""

    async def resolve(info: Info, uid: Uid) -> object | None:
        return await info.context.reader.one(asked(info), label, "uid", checked_uid(uid))

    return strawberry.field(resolver=resolve, description=description)


async def node(info: Info, id: AnId) -> Any:
    """The node of a global id."""
    found = await info.context.reader.nodes(asked(info), [id])
    return found[0]


async def nodes(info: Info, ids: Ids) -> Any:
    """The nodes of some global ids."""
    if len(ids) > MAX_PAGE:
        raise BadInput(f"at most {MAX_PAGE} ids at once")
    return await info.context.reader.nodes(asked(info), ids)


async def similar_images(info: Info, uid: Uid, first: Nearest = 10, exclude_same_individual: OthersOnly = False) -> Any:
    """The images most like one."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInput(f"first is 1 to {MAX_PAGE}")
    ask = info.context.reader.similar
    return await ask(asked(info), checked_uid(uid), first, exclude_same_individual=exclude_same_individual)


def plugins(info: Info) -> list[Plugin]:
    """What runs here."""
    return [
        Plugin(name=each.name, version=each.version, hooks=list(each.hooks), error=each.error)
        for each in info.context.plugins
    ]


def viewer(info: Info) -> Viewer:
    """Who asks."""
    return Viewer(name=info.context.viewer.name, role=info.context.viewer.role)


async def job(info: Info, id: JobId) -> Job | None:
    """How far an intake has come."""
    return await writer(info).job(info.context.viewer, str(id))


@strawberry.type(description="What can be asked.")
class Query:
    """What can be asked."""

    collection: Collection | None = by_accession("Collection", "The collection of this accession.")
    individual: Individual | None = by_accession("Individual", "The individual of this accession.")
    study: Study | None = by_accession("Study", "The study of this accession.")
    series_by_uid: Series | None = by_uid("Series", "The series of this UID; of two, the lower collection's.")
    image_by_uid: Image | None = by_uid("Image", "The image of this UID.")
    bio_project: BioProject | None = by_accession("BioProject", "The BioProject of this accession.")
    gsa_study: GsaStudy | None = by_accession("GsaStudy", "The GSA-Human study of this accession.")
    gsa_individual: GsaIndividual | None = by_accession("GsaIndividual", "The GSA-Human individual of this accession.")
    run: Run | None = by_accession("Run", "The GSA-Human run of this accession.")
    node: Node | None = strawberry.field(resolver=node, description="The node of this global id.")
    nodes: list[Node | None] = strawberry.field(
        resolver=nodes, description="The nodes of these global ids, in their order, null where there is none."
    )
    collections: Connection[Collection] = connection_field("Collection", "The collections.")
    individuals: Connection[Individual] = connection_field("Individual", "The individuals of all collections.")
    studies: Connection[Study] = connection_field("Study", "The studies of all collections.")
    series: Connection[Series] = connection_field("Series", "The series of all collections.")
    images: Connection[Image] = connection_field("Image", "The images of all collections.")
    similar_images: list[SimilarImage] = strawberry.field(
        resolver=similar_images, description="The images most like this one, nearest first."
    )
    plugins: list[Plugin] = strawberry.field(resolver=plugins, description="The plugins of this archive.")
    viewer: Viewer = strawberry.field(resolver=viewer, description="Who asks.")
    job: Job | None = strawberry.field(
        resolver=job, description="How far an intake has come, for who started it and for curators."
    )


def asked(info: Info) -> ResolveInfo:
    """The field's selection, as graphql-core has it: Strawberry's own reading of it loses types and skips."""
    return info._raw_info


def writer(info: Info) -> Writer:
    """The writer. Raises Forbidden where nothing can be changed."""
    if info.context.writer is None:
        raise Forbidden("nothing can be changed from here")
    return info.context.writer


async def find(info: Info, label: str, accession: str) -> object | None:
    """The node of a well-formed accession. Raises ObiaError BAD_ACCESSION."""
    if not is_accession(label, accession):
        raise BadInput(looks_like(label), Code.BAD_ACCESSION)
    return await info.context.reader.one(asked(info), label, "accession", accession)


def checked_uid(uid: str) -> str:
    """The UID. Raises BadInput for what is none (PS3.5 section 9.1)."""
    if not (uid.isascii() and uid.replace(".", "").isdigit() and len(uid) <= MAX_UID):
        raise BadInput(f"a UID is made of digits and dots, at most {MAX_UID} characters")
    return uid
