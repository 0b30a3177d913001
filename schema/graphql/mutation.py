"""The mutations. Each answers with a payload, whose nodes are read back as any other."""

from typing import Annotated, Any

import strawberry
from strawberry import argument

from obia.schema.graphql.enums import Access, HoldReason
from obia.schema.graphql.jobs import Job
from obia.schema.graphql.query import Info, find, writer
from obia.schema.graphql.releases import HeldBack
from obia.schema.graphql.types import Collection


@strawberry.input(description="What is said of a collection before its first file.")
class CreateCollectionInput:
    """What is said of a collection before its first file."""

    title: str = strawberry.field(description="What it is called.")
    description: str | None = strawberry.field(default=None, description="What it holds and how it came about.")
    licence: str | None = strawberry.field(
        default=None, description="The licence of its images, for instance CC-BY-4.0."
    )
    access: Access = strawberry.field(
        default=Access.OPEN, description="Who may see its clinical data and files once it is released."
    )
    bio_project: str | None = strawberry.field(
        default=None, description="The accession of its BioProject; without one it cannot be released."
    )


@strawberry.input(description="What to take in, and where to.")
class StartIngestInput:
    """What to take in, and where to."""

    collection: str = strawberry.field(description="The accession of the collection to fill.")
    folder: str = strawberry.field(
        description="A folder under one that the archive's settings name: a relative name, never a path."
    )


async def _collection(root: Any, info: Info) -> object | None:
    return await find(info, "Collection", root.accession)


async def _job(root: Any, info: Info) -> Job | None:
    return await writer(info).job(info.context.viewer, str(root.id))


@strawberry.type(description="The collection that was made.")
class CreateCollectionPayload:
    """The collection that was made."""

    accession: str = strawberry.field(description="Its accession.")
    collection: Collection | None = strawberry.field(resolver=_collection, description="The collection.")


@strawberry.type(description="The intake that was planned.")
class StartIngestPayload:
    """The intake that was planned."""

    id: strawberry.ID = strawberry.field(description="The job's id, for `job(id:)`.")
    job: Job | None = strawberry.field(resolver=_job, description="How far it has come.")


@strawberry.type(description="The intake that was cancelled.")
class CancelIngestPayload:
    """The intake that was cancelled."""

    id: strawberry.ID = strawberry.field(description="The job's id.")
    job: Job | None = strawberry.field(resolver=_job, description="How far it had come.")


@strawberry.type(description="The collection that was released.")
class ReleaseCollectionPayload:
    """The collection that was released."""

    accession: str = strawberry.field(description="Its accession.")
    images: int = strawberry.field(description="How many images are newly public.")
    held_back: list[HeldBack] = strawberry.field(
        description="How many images and annotations are held back, by reason, until a release names their reasons as reviewed."
    )
    collection: Collection | None = strawberry.field(resolver=_collection, description="The collection.")


NewCollection = Annotated[CreateCollectionInput, argument(description="What is said of it.")]
Intake = Annotated[StartIngestInput, argument(description="What, and where to.")]
JobId = Annotated[strawberry.ID, argument(description="The job's id.")]
Accession = Annotated[str, argument(description="The collection's accession.")]
Reviewed = Annotated[
    list[HoldReason] | None, argument(description="The classes of images whose previews were looked at.")
]


async def create_collection(info: Info, input: NewCollection) -> CreateCollectionPayload:
    """Make a collection."""
    accession = await writer(info).create_collection(
        info.context.viewer,
        title=input.title,
        description=input.description,
        licence=input.licence,
        access=input.access,
        bio_project=input.bio_project,
    )
    info.context.own(accession)
    return CreateCollectionPayload(accession=accession)


async def start_ingest(info: Info, input: Intake) -> StartIngestPayload:
    """Take the files of a folder into a collection."""
    id = await writer(info).start_ingest(info.context.viewer, input.collection, input.folder)
    return StartIngestPayload(id=strawberry.ID(id))


async def cancel_ingest(info: Info, id: JobId) -> CancelIngestPayload:
    """Cancel an intake."""
    await writer(info).cancel_ingest(info.context.viewer, str(id))
    return CancelIngestPayload(id=id)


async def release_collection(info: Info, accession: Accession, reviewed: Reviewed = None) -> ReleaseCollectionPayload:
    """Make public what a collection holds now."""
    words = [each.value for each in reviewed or ()]
    released = await writer(info).release_collection(info.context.viewer, accession, words)
    return ReleaseCollectionPayload(accession=accession, images=released.images, held_back=list(released.held_back))


@strawberry.type(description="What can be changed, with a token that may.")
class Mutation:
    """What can be changed."""

    create_collection: CreateCollectionPayload = strawberry.mutation(
        resolver=create_collection, description="Make a collection."
    )
    start_ingest: StartIngestPayload = strawberry.mutation(
        resolver=start_ingest, description="Take the files of a folder into a collection."
    )
    cancel_ingest: CancelIngestPayload = strawberry.mutation(
        resolver=cancel_ingest,
        description="Cancel an intake: no further batch is begun, one under way is finished, what was accepted stays. "
        "For who started it, or a curator.",
    )
    release_collection: ReleaseCollectionPayload = strawberry.mutation(
        resolver=release_collection,
        description="Make public what a collection holds now; what comes later, or is held back, waits for the next release.",
    )
