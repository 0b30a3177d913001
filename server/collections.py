"""Collections: making one, listing them, releasing one."""

import re
from dataclasses import dataclass

from obia.schema.access import Role, Viewer
from obia.schema.accessions import is_accession, own_accession
from obia.schema.errors import BadInput, Code, Forbidden, NotFound, ObiaError
from obia.schema.graph import Access
from obia.server.archive import OpenArchive
from obia.server.clock import now
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher

MAX_TITLE = 300  # characters
MAX_DESCRIPTION = 20_000


@dataclass(frozen=True, slots=True)
class NewCollection:
    """What a submitter says of a collection before its first file."""

    title: str
    description: str | None = None
    licence: str | None = None
    access: Access = Access.OPEN
    bioproject: str | None = None


async def create_collection(archive: OpenArchive, viewer: Viewer, wanted: NewCollection) -> str:
    """Make a collection and return its accession. Raises Forbidden, BadInput, ObiaError BAD_ACCESSION."""
    if viewer.role not in (Role.SUBMITTER, Role.CURATOR, Role.ADMINISTRATOR):
        raise Forbidden("only submitters, curators and administrators make collections")
    _check(wanted)

    async def work(tx: Transaction) -> str:
        [[number]] = await tx.run(cypher("next_collection"))
        accession = own_accession("Collection", number)
        parameters = {
            "accession": accession,
            "title": wanted.title.strip(),
            "description": wanted.description,
            "licence": wanted.licence,
            "access": wanted.access.value,
            "bioproject": wanted.bioproject,
            "by": viewer.name,
            "now": now(),
        }
        await tx.run(cypher("create_collection"), parameters)
        return accession

    accession = await archive.graph.write(work)
    archive.audit.record(viewer, "collection.create", accession)
    return accession


async def release_collection(archive: OpenArchive, viewer: Viewer, accession: str) -> int | None:
    """Make public what a collection holds now; return how many images that newly shows, None if all of it was public.

    What is accepted later waits for the next release. Raises Forbidden, NotFound, ObiaError NO_BIOPROJECT.
    """
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators release collections")
    rows = await archive.graph.read(cypher("collection_bioproject"), {"accession": accession})
    if not rows:
        raise NotFound(f"there is no collection {accession}; `obia collection list` shows them")
    if rows[0][0] is None:
        raise ObiaError(f"{accession} has no BioProject and cannot be released; link one first", Code.NO_BIOPROJECT)
    [[is_complete]] = await archive.graph.read(cypher("is_released"), {"accession": accession})
    if is_complete:
        return None
    parameters = {"accession": accession, "by": viewer.name, "now": now()}

    async def work(tx: Transaction) -> int:
        [[images]] = await tx.run(cypher("release_collection"), parameters)
        await tx.run(cypher("recount_released"), {"accession": accession})
        await tx.run(cypher("recount_collection"), {"accessions": [accession]})
        return int(images)

    images = await archive.graph.write(work)
    archive.audit.record(viewer, "collection.release", accession)
    return images


async def require_collection(archive: OpenArchive, accession: str) -> None:
    """Raise BadInput for what is no collection accession, NotFound for one that does not exist."""
    if not is_accession("Collection", accession):
        raise BadInput("a collection's accession looks like OBIA0001", Code.BAD_ACCESSION)
    if not await archive.graph.read(cypher("collection_bioproject"), {"accession": accession}):
        raise NotFound(f"there is no collection {accession}; `obia collection list` shows them")


def _check(wanted: NewCollection) -> None:
    if not wanted.title.strip():
        raise BadInput("a collection needs a title")
    if len(wanted.title) > MAX_TITLE or len(wanted.description or "") > MAX_DESCRIPTION:
        raise BadInput(f"a title has at most {MAX_TITLE} characters, a description {MAX_DESCRIPTION}")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", wanted.title + (wanted.description or "")):
        raise BadInput("title and description are plain text, without control characters")
    if wanted.bioproject is not None and not is_accession("BioProject", wanted.bioproject):
        raise BadInput("a BioProject's accession looks like PRJCA000001", Code.BAD_ACCESSION)
