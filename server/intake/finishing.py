"""Finishing a submission: it is closed, and conflicts and mix-ups that its files settle are looked at again."""

import asyncio

from obia.schema.access import ADMINISTRATOR, Viewer
from obia.schema.errors import Code
from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from obia.server.intake import submission
from obia.server.intake.batch import open_batches, work_on
from obia.server.intake.belonging import Belonging, Evidence
from obia.server.intake.sources import has_original
from obia.server.intake.submission import Outcomes
from obia.server.intake.verdicts import Reconsidered, reconsider
from obia.server.intake.working import work_through
from obia.server.intake.writing import held_of

_ROUNDS = 3  # what was accepted may settle more; each round accepts something, and most need none


async def finish(archive: OpenArchive, planned: str, collection: str) -> Outcomes:
    """Close a submission whose batches are all done, and accept what nothing speaks against any more."""
    await submission.finish(archive, planned, collection)
    await settle_disputes(archive, ADMINISTRATOR, collection)
    return await submission.outcomes(archive, planned)


async def close(archive: OpenArchive, planned: str, collection: str) -> None:
    """Finish a cancelled job, unless a living worker is at one of its batches, who does it then."""
    for batch in await open_batches(archive, planned):
        if batch.is_free:  # its worker died
            await work_on(archive, batch.id, collection)
    if not await open_batches(archive, planned):
        await finish(archive, planned, collection)


async def settle_disputes(archive: OpenArchive, viewer: Viewer, collection: str) -> int:
    """Accept the quarantined files of a collection that no conflict or mix-up holds back now; return how many."""
    accepted = 0
    for _ in range(_ROUNDS):
        found = await _reconsidered(archive, collection)
        rows = [[each.intake_id, code] for each, code in found.recoded]
        await archive.graph.write(lambda tx, rows=rows: tx.run(cypher("recode"), {"rows": rows}))  # type: ignore[misc]
        admitted = sorted(each.intake_id for each in found.admitted)
        ids = [each for each in admitted if await asyncio.to_thread(has_original, archive.vault, each)]
        more = await accept_from_vault(archive, viewer, collection, ids, is_decided=False) if ids else 0
        if not more:
            break
        accepted += more
    return accepted


async def accept_from_vault(
    archive: OpenArchive, viewer: Viewer, collection: str, intake_ids: list[str], *, is_decided: bool
) -> int:
    """Process quarantined originals again, from the vault; return how many were accepted."""
    planned = await submission.plan_from_vault(archive, viewer, collection, intake_ids, is_decided=is_decided)
    await work_through(archive, planned, collection)
    return (await submission.finish(archive, planned, collection)).accepted


async def _reconsidered(archive: OpenArchive, collection: str) -> Reconsidered:
    rows = await archive.graph.read(cypher("disputes"), {"collection": collection})
    quarantined = [held_of(row) for row in rows]
    if not quarantined:
        return Reconsidered([], [])
    parameters = {
        "collection": collection,
        "uids": sorted({each.uid for each in quarantined}),
        "studies": sorted({each.study for each in quarantined}),
        "series": sorted({each.series for each in quarantined}),
    }
    evidence = await archive.graph.read(cypher("evidence"), parameters)
    held = await archive.graph.read(cypher("held"), {**parameters, "studies": [], "series": []})
    live = [each for each in map(held_of, held) if not each.is_quarantined]
    return reconsider(quarantined, live, Belonging(Evidence(*row) for row in evidence))


DECIDABLE = (Code.CONFLICT, Code.MIX_UP)
"""The codes that a curator can decide; any other needs another file."""
