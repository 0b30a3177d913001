"""Jobs: the intakes that were begun, and cancelling one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from obia.schema.access import Viewer
from obia.schema.errors import BadInput, NotFound
from obia.server.archive import OpenArchive
from obia.server.collections import require_collection
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.intake import submission


@dataclass(frozen=True, slots=True)
class Entry:
    """One job: its id, the collection it fills, how far it has come, and how many of its files are done."""

    id: str
    collection: str
    state: str
    total: int
    done: int
    by: str
    created: str
    finished: str | None


async def entries(archive: OpenArchive, collection: str | None = None) -> list[Entry]:
    """Every job, newest last. Raises NotFound for the collection."""
    if collection is not None:
        await require_collection(archive, collection)
    return [_entry(row) for row in await archive.graph.read(cypher("jobs"), {"collection": collection, "id": None})]


async def show(archive: OpenArchive, id: str) -> tuple[Entry, dict[str, int]]:
    """One job, and how its files that are done have ended, by code. Raises NotFound."""
    rows = await archive.graph.read(cypher("jobs"), {"collection": None, "id": id})
    if not rows:
        raise NotFound(f"there is no job {id[:40]}; `obia job list` shows them")
    entry = _entry(rows[0])
    ended = await submission.outcomes(archive, id)
    codes = ended.by_code
    codes["DUPLICATE"] = codes.get("DUPLICATE", 0) - (ended.total - entry.done)  # those that wait are no duplicates
    return entry, {code: files for code, files in codes.items() if files > 0}


async def cancel(archive: OpenArchive, viewer: Viewer, id: str) -> None:
    """Cancel a job: no further batch is begun, one under way is finished, and what was accepted stays.

    A worker closes it, or `intake.finishing.close` does. Raises NotFound; BadInput for a job that is finished or was
    cancelled before.
    """
    await show(archive, id)
    async with archive.changing(viewer, "ingest.cancel", id) as change:
        await change.write(lambda tx: _cancel(tx, id))


async def _cancel(tx: Transaction, id: str) -> None:
    if not await tx.run(cypher("cancel_job"), {"id": id}):
        raise BadInput(f"job {id} is finished or cancelled already")


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(*row)
