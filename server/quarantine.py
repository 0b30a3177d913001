"""What was not accepted: listing it, showing where it came from, discarding it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from obia.schema.access import Viewer
from obia.schema.errors import Forbidden, NotFound
from obia.server.archive import OpenArchive
from obia.server.collections import require_collection
from obia.server.graph.statements import cypher


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


async def discard(archive: OpenArchive, viewer: Viewer, intake_ids: Sequence[str]) -> None:
    """Remove quarantined files for good, from graph and vault. Raises Forbidden; NotFound, and then nothing is removed."""
    if not viewer.is_curator:
        raise Forbidden("only curators and administrators discard what is quarantined")
    for intake_id in intake_ids:
        await _entry(archive, intake_id)
    for intake_id in intake_ids:
        async with archive.changing(viewer, "quarantine.discard", intake_id) as change:  # then it leaves the vault
            await change.write(lambda tx, one=intake_id: tx.run(cypher("discard"), {"id": one}))  # type: ignore[misc]


async def _entry(archive: OpenArchive, intake_id: str) -> Entry:
    rows = await archive.graph.read(cypher("quarantine"), {"collection": None, "code": None, "id": intake_id})
    if not rows:
        raise NotFound(f"nothing is quarantined as {intake_id[:40]}; `obia quarantine list` shows what is")
    return Entry(*rows[0])
