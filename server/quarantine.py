"""What was not accepted: listing it, showing where it came from, deciding conflicts, discarding it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from obia.schema.access import Viewer
from obia.schema.errors import BadInput, Forbidden, NotFound
from obia.server.archive import OpenArchive
from obia.server.collections import require_collection
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.intake.finishing import DECIDABLE, accept_from_vault, settle_disputes
from obia.server.intake.sources import require_original


@dataclass(frozen=True, slots=True)
class Entry:
    """One quarantined file, without identity."""

    intake_id: str
    collection: str
    code: str
    at: str
    checks: list[str]
    """Which checks found it; none where the intake itself did."""


async def entries(archive: OpenArchive, collection: str | None = None, code: str | None = None) -> list[Entry]:
    """What is quarantined, newest last. Raises BadInput, NotFound for the collection."""
    if collection is not None:
        await require_collection(archive, collection)
    rows = await archive.graph.read(cypher("quarantine"), {"collection": collection, "code": code, "id": None})
    return [Entry(*row) for row in rows]


async def show(archive: OpenArchive, viewer: Viewer, intake_id: str) -> dict[str, Any]:
    """One entry with its path, from the vault, on record in the audit log. Raises Forbidden, NotFound."""
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators open the vault")
    entry = await _entry(archive, intake_id)
    archive.audit.record(viewer, "vault.open", intake_id)
    note = archive.vault.note(intake_id)
    return {
        "intakeId": entry.intake_id,
        "collection": entry.collection,
        "code": entry.code,
        **({"check": ", ".join(entry.checks)} if entry.checks else {}),
        "at": entry.at,
        "path": note["path"],
        **({"standIn": note["standIn"]} if "standIn" in note else {}),
    }


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of the files that a curator accepted: how many, and those that are quarantined still."""

    accepted: int
    left: list[Entry]
    freed: int
    """How many other files were accepted, since nothing speaks against them any more."""


async def accept(archive: OpenArchive, viewer: Viewer, intake_ids: Sequence[str]) -> Decided:
    """Accept quarantined files of a conflict or mix-up; whatever contradicts them is held back, unless it is released.

    Their originals go through the whole intake again. Raises Forbidden, NotFound, BadInput; then nothing is changed.
    """
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators decide conflicts")
    chosen = [await _decidable(archive, intake_id) for intake_id in dict.fromkeys(intake_ids)]
    accepted = freed = 0
    for collection in sorted({each.collection for each in chosen}):
        ids = [each.intake_id for each in chosen if each.collection == collection]
        for intake_id in ids:
            archive.audit.record(viewer, "quarantine.accept", intake_id)
        accepted += await accept_from_vault(archive, viewer, collection, ids, is_decided=True)
        freed += await settle_disputes(archive, viewer, collection)
    rows = [row for each in chosen for row in await _rows(archive, each.intake_id)]
    return Decided(accepted, [Entry(*row) for row in rows], freed)


async def _decidable(archive: OpenArchive, intake_id: str) -> Entry:
    entry = await _entry(archive, intake_id)
    if entry.code not in DECIDABLE:
        raise BadInput(
            f"{intake_id} is quarantined as {entry.code}; only CONFLICT and MIX_UP can be decided. "
            "Offer a repaired file, or change what refuses it and offer it again"
        )
    require_original(archive.vault, intake_id)
    return entry


async def discard(archive: OpenArchive, viewer: Viewer, intake_ids: Sequence[str]) -> int:
    """Remove quarantined files for good, from graph and vault; return how many others this lets be accepted.

    Raises Forbidden; NotFound, and then nothing is removed.
    """
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators discard what is quarantined")
    collections = {(await _entry(archive, intake_id)).collection for intake_id in intake_ids}
    for intake_id in intake_ids:
        async with archive.changing(viewer, "quarantine.discard", intake_id) as change:  # then it leaves the vault
            await change.write(partial(_discard, intake_id=intake_id))
    return sum([await settle_disputes(archive, viewer, each) for each in sorted(collections)])


async def _discard(tx: Transaction, *, intake_id: str) -> None:
    if not await tx.run(cypher("discard"), {"id": intake_id}):
        raise NotFound(f"{intake_id} is not quarantined any more; it was accepted or discarded meanwhile")


async def _rows(archive: OpenArchive, intake_id: str) -> list[list[Any]]:
    return await archive.graph.read(cypher("quarantine"), {"collection": None, "code": None, "id": intake_id})


async def _entry(archive: OpenArchive, intake_id: str) -> Entry:
    rows = await _rows(archive, intake_id)
    if not rows:
        raise NotFound(f"nothing is quarantined as {intake_id[:40]}; `obia quarantine list` shows what is")
    return Entry(*rows[0])
