"""Collections: making one, naming it anew, releasing it, and removing one that holds nothing."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from obia.schema.access import Role, Viewer
from obia.schema.accessions import is_accession, looks_like, own_accession
from obia.schema.errors import BadInput, Code, Forbidden, NotFound, ObiaError
from obia.schema.graph import Access, HoldReason
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


@dataclass(frozen=True, slots=True)
class Edit:
    """What is said of a collection anew; None leaves it as it is."""

    title: str | None = None
    description: str | None = None
    licence: str | None = None

    @property
    def properties(self) -> dict[str, str]:
        """What is to be set."""
        said = {"title": self.title and self.title.strip(), "description": self.description, "licence": self.licence}
        return {name: text for name, text in said.items() if text is not None}


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
            "owner": viewer.id,
            "now": now(),
        }
        await tx.run(cypher("create_collection"), parameters)
        change.subject = accession
        return accession

    async with archive.changing(viewer, "collection.create", "") as change:
        return await change.write(work)


@dataclass(frozen=True, slots=True)
class Released:
    """How much of each became public by a release."""

    images: int
    annotations: int
    clinical: int
    links: int
    records: int
    """Of other archives: studies, individuals, samples, experiments and runs that ours are linked to."""
    held: int
    """How many individuals the collection has: one without any holds nothing yet."""
    is_new: bool = True
    """Whether anything is newly public: a release that shows nothing new is none, and gets no number."""
    held_images: int = 0
    """How many images are held back until somebody looks at them."""
    held_annotations: int = 0
    """How many annotations are held back, since another collection has released one of the same original."""
    held_back: Mapping[str, int] = field(default_factory=dict)
    """Both by reason; an image may have several."""


async def release_collection(
    archive: OpenArchive, viewer: Viewer, accession: str, reviewed: Sequence[str] = ()
) -> Released:
    """Make public what a collection holds now; return what that newly shows, and what is held back.

    An image or annotation with a reason to be held back stays as it is, unless `reviewed` names every reason it has. What is
    accepted later waits for the next release.
    Raises Forbidden, NotFound, BadInput also while an intake of the collection is unfinished, ObiaError NO_BIOPROJECT.
    """
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators release collections")
    classes = _require_reasons(reviewed)
    subject = " ".join([accession, *(["reviewed", *classes] if classes else [])])
    async with archive.changing(viewer, "collection.release", subject) as change:
        return await change.write(lambda tx: _release(tx, viewer, accession, classes))


async def _release(tx: Transaction, viewer: Viewer, accession: str, classes: Sequence[str]) -> Released:
    """The transaction of a release; where nothing is newly public it changes nothing.

    Releases wait for one another: of the same original in two collections, one alone is released unreviewed.
    """
    await tx.run(cypher("lock_graph"))
    await _require_releasable(tx, accession)
    images = await tx.run(cypher("release_images"), {"accession": accession, "reviewed": classes})
    annotations = await tx.run(cypher("release_annotations"), {"accession": accession, "reviewed": classes})
    [[is_changed, clinical, links, records, individuals]] = await tx.run(
        cypher("release_contents"), {"accession": accession}
    )
    held: Counter[str] = Counter()
    for reasons, count in (*images, *annotations):
        held.update(dict.fromkeys(reasons, count))
    released = Released(
        _count(images, is_held=False),
        _count(annotations, is_held=False),
        clinical,
        links,
        records,
        individuals,
        is_new=is_changed or any(not reasons for reasons, _ in (*images, *annotations)),
        held_images=_count(images, is_held=True),
        held_annotations=_count(annotations, is_held=True),
        held_back=dict(sorted(held.items())),
    )
    if released.is_new:
        on_record = {"images": released.images, "reviewed": classes, "heldBack": released.held_images}
        await tx.run(cypher("record_release"), {"accession": accession, **on_record, "by": viewer.name, "now": now()})
        await tx.run(cypher("recount_released"), {"accession": accession})
        await tx.run(cypher("recount_collection"), {"accessions": [accession]})
        if HoldReason.SAME_ORIGINAL in classes:
            await tx.run(cypher("link_same_originals"), {"accession": accession})
    return released


def _count(groups: Iterable[Sequence[Any]], *, is_held: bool) -> int:
    """How many are released, or held back, of groups of reasons and numbers."""
    return sum(count for reasons, count in groups if bool(reasons) is is_held)


async def _require_releasable(tx: Transaction, accession: str) -> None:
    """Lock a collection. Raises NotFound, ObiaError NO_BIOPROJECT, BadInput while an intake of it is unfinished."""
    rows = await tx.run(cypher("lock_collection"), {"accession": accession})
    if not rows:
        raise _not_there(accession)
    [[bioproject, unfinished]] = rows
    if bioproject is None:
        raise ObiaError(
            f"{accession} has no BioProject and cannot be released; `obia link import` links one, from a CSV file with "
            f"the columns collection,bioproject and the row {accession},PRJCA...",
            Code.NO_BIOPROJECT,
        )
    if unfinished:
        raise BadInput(
            f"{accession} cannot be released while files are being taken in; "
            f"unfinished {'job' if len(unfinished) == 1 else 'jobs'}: {', '.join(unfinished)}; "
            "wait, or run `obia work`, which finishes what a killed process left"
        )


def _require_reasons(words: Iterable[str]) -> list[str]:
    """The reasons that these words name, sorted. Raises BadInput listing them all."""
    named = set(words)
    if named - set(HoldReason):
        raise BadInput(f"a class in reviewed is unknown; the classes are {', '.join(HoldReason)}")
    return sorted(named)


async def edit_collection(archive: OpenArchive, viewer: Viewer, accession: str, edit: Edit) -> None:
    """Name a collection anew. Raises Forbidden, BadInput, NotFound; the licence of what was released stays."""
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators edit collections")
    if not edit.properties:
        raise BadInput("nothing to edit; give --title, --description or --licence")
    _check_words(edit.title, edit.description)
    await require_collection(archive, accession)

    async def work(tx: Transaction) -> None:
        [[contents]] = await tx.run(cypher("collection_contents"), {"accession": accession})
        if edit.licence is not None and contents[0]:
            raise BadInput(
                f"{accession} was released under its licence, which stays; a new collection may have another"
            )
        await tx.run(cypher("edit_collection"), {"accession": accession, "properties": edit.properties})
        await tx.run(cypher("raise_generation"))

    async with archive.changing(viewer, "collection.edit", accession) as change:
        await change.write(work)


async def remove_collection(archive: OpenArchive, viewer: Viewer, accession: str) -> None:
    """Remove a collection that was never released and holds nothing. Raises Forbidden, BadInput, NotFound."""
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators remove collections")
    await require_collection(archive, accession)

    async def work(tx: Transaction) -> list[str]:
        [[contents]] = await tx.run(cypher("collection_contents"), {"accession": accession})
        _demand_empty(accession, contents)
        [[submissions]] = await tx.run(cypher("remove_collection"), {"accession": accession})
        await tx.run(cypher("raise_generation"))
        return list(submissions)

    async with archive.changing(viewer, "collection.remove", accession) as change:
        for each in await change.write(work):
            archive.vault.discard_manifests(each)


def _demand_empty(accession: str, contents: list[int]) -> None:
    """Raise BadInput saying what a collection holds."""
    releases, *counts = contents
    if releases:
        raise BadInput(f"{accession} was released and cannot be removed; withdrawing what is public is not there yet")
    nouns = ("individual", "image", "annotation", "quarantined file", "unfinished intake")
    if held := ", ".join(counted(count, noun) for count, noun in zip(counts, nouns, strict=True) if count):
        intakes = "; `obia job list` names the intakes, `obia work` finishes them" if counts[-1] else ""
        raise BadInput(f"{accession} holds {held} and cannot be removed; only one that holds nothing can{intakes}")


def counted(count: int, noun: str) -> str:
    """`1 image`, `2 images`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


async def require_collection(archive: OpenArchive, accession: str) -> None:
    """Raise BadInput for what is no collection accession, NotFound for one that does not exist."""
    if not is_accession("Collection", accession):
        raise BadInput(looks_like("Collection"), Code.BAD_ACCESSION)
    if not await archive.graph.read(cypher("collection_bioproject"), {"accession": accession}):
        raise _not_there(accession)


def _not_there(accession: str) -> NotFound:
    return NotFound(f"there is no collection {accession}; `obia collection list` shows them")


def _check(wanted: NewCollection) -> None:
    _check_words(wanted.title, wanted.description)
    if wanted.bioproject is not None and not is_accession("BioProject", wanted.bioproject):
        raise BadInput(looks_like("BioProject"), Code.BAD_ACCESSION)


def _check_words(title: str | None, description: str | None) -> None:
    if title is not None and not title.strip():
        raise BadInput("a collection needs a title")
    if len(title or "") > MAX_TITLE or len(description or "") > MAX_DESCRIPTION:
        raise BadInput(f"a title has at most {MAX_TITLE} characters, a description {MAX_DESCRIPTION}")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", (title or "") + (description or "")):
        raise BadInput("title and description are plain text, without control characters")
