"""Settling a written batch: originals of what was refused in the transaction go into the vault, orphans go."""

import asyncio
import io
from pathlib import Path
from typing import BinaryIO

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import NotFound, ObiaError, Rejected
from obia.schema.graph import JobState
from obia.server.archive import OpenArchive
from obia.server.clock import now
from obia.server.graph.statements import cypher
from obia.server.intake.reading import opened
from obia.server.orphans import discard_unlisted


async def settle(archive: OpenArchive, batch: str) -> None:
    """Make the vault and the store agree with what the graph says; done twice it changes nothing."""
    [[touched, replaced, unheld]] = await archive.graph.read(cypher("unsettled"), {"id": batch})
    if replaced:
        archive.audit.record(ADMINISTRATOR, "ingest.replace", f"{batch} {replaced}")
    for owner, intake_id, code in unheld:
        if not archive.vault.holds(intake_id):
            _hold(archive, owner, intake_id, code)
    await asyncio.to_thread(archive.store.sync)
    if unheld:
        ids = [row[1] for row in unheld]
        await archive.graph.write(lambda tx: tx.run(cypher("mark_held"), {"ids": ids}))
        await discard_unlisted(archive.graph, archive.vault, ids)
    for each in sorted({batch, *touched, *(row[0] for row in unheld)}):
        await sweep(archive, each)


async def sweep(archive: OpenArchive, batch: str) -> None:
    """Remove what a batch left in store and vault and the graph does not list, once its outcome is on record.

    Before that nothing is removed: who holds the batch may be about to write what it stored.
    """
    [[files, quarantined, state]] = await archive.graph.read(cypher("batch_files"), {"id": batch})
    if state in (JobState.PLANNED, JobState.RUNNING):
        return
    wanted = {name for file in files for name in (file, f"{file.removesuffix('.dcm')}.json")}
    for name in archive.store.names(f"images/{batch}"):
        if name not in wanted:
            archive.store.delete(name)
    offered = {intake_id for intake_id, _ in _manifest(archive, batch)}
    left = [each for each in offered - set(quarantined) if archive.vault.has_part(each)]
    await discard_unlisted(archive.graph, archive.vault, left)


def _hold(archive: OpenArchive, batch: str, intake_id: str, code: str) -> None:
    """Copy an original from where it lay; where it is gone, its clean copy stands in, so that nothing is lost."""
    path = _path(archive, batch, intake_id)
    note = {"path": path, "code": code, "batch": batch, "at": now()}
    try:
        with opened(Path(path)) as source:
            archive.vault.keep(intake_id, source, note)
            return
    except (OSError, Rejected, ValueError):
        note["standIn"] = "the clean copy: the original was gone"
    with _clean_copy(archive, f"images/{batch}/{intake_id}.dcm") as source:
        if not archive.vault.holds(intake_id):  # a clean copy is gone once another process has kept it
            archive.vault.keep(intake_id, source, note)


def _path(archive: OpenArchive, batch: str, intake_id: str) -> str:
    return next((path for known, path in _manifest(archive, batch) if known == intake_id), "")


def _manifest(archive: OpenArchive, batch: str) -> list[list[str]]:
    """Intake ids and paths of a batch; none where its manifest is gone or cannot be read."""
    try:
        files: list[list[str]] = archive.vault.manifest(batch)["files"]
    except ObiaError:
        return []
    return files


def _clean_copy(archive: OpenArchive, name: str) -> BinaryIO:
    try:
        return archive.store.open(name)
    except NotFound:
        return io.BytesIO()
