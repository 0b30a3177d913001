"""Settling a written batch: originals of what was refused in the transaction go into the vault, orphans go."""

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from obia.schema.errors import NotFound, ObiaError, Rejected
from obia.schema.graph import JobState
from obia.server.archive import OpenArchive
from obia.server.clock import now
from obia.server.graph.statements import cypher
from obia.server.intake.reading import opened
from obia.server.intake.suspects import Suspects
from obia.server.intake.zone import Zone
from obia.server.orphans import discard_unlisted


@dataclass(frozen=True, slots=True)
class _Unheld:
    """A file that was accepted and is quarantined now, whose original the vault has to hold: from a row of `unsettled`."""

    batch: str
    intake_id: str
    collection: str
    code: str
    original: str
    pixels: str | None

    @property
    def content(self) -> tuple[str, str]:
        """The digests of its data set and pixels."""
        return self.original, self.pixels or ""


async def settle(archive: OpenArchive, batch: str) -> None:
    """Make the vault and the store agree with what the graph says; done twice it changes nothing."""
    [[touched, rows]] = await archive.graph.read(cypher("unsettled"), {"id": batch})
    unheld = [_Unheld(*row) for row in rows]
    for each in unheld:
        if not archive.vault.holds(each.intake_id):
            await asyncio.to_thread(_hold, archive, each, Suspects.of(archive.settings.home, batch))
    await asyncio.to_thread(archive.store.sync)
    if unheld:
        ids = [each.intake_id for each in unheld]
        await archive.graph.write(lambda tx: tx.run(cypher("mark_held"), {"ids": ids}))
        await discard_unlisted(archive.graph, archive.vault, ids)
    for name in sorted({batch, *touched}):
        await sweep(archive, name)


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


def _hold(archive: OpenArchive, unheld: _Unheld, suspects: Suspects) -> None:
    """Copy an original from where it lay; where it is gone or was changed, its clean copy stands in, so that nothing is
    lost."""
    batch, intake_id = unheld.batch, unheld.intake_id
    path = _path(archive, batch, intake_id)
    note = {"path": path, "code": unheld.code, "batch": batch, "at": now()}
    zone = Zone(unheld.collection, archive.keys, archive.plugins, archive.store, suspects)
    try:
        if zone.content(intake_id, Path(path)) == unheld.content:
            with opened(Path(path)) as source:
                archive.vault.keep(intake_id, source, note)
                return
    except (OSError, Rejected, ValueError):  # it went meanwhile
        pass
    note["standIn"] = "the clean copy: the original was gone, or another file lay in its place"
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
