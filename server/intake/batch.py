"""Working on one batch: lease, read, clean, write, settle, encode. The graph is the record; this may be done twice."""

import asyncio
import contextlib
import io
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from obia.schema.errors import Code, ObiaError, Rejected
from obia.schema.protocols import Check, SeriesCheck
from obia.schema.values import Finding, Receipt, SeriesSummary
from obia.server.archive import OpenArchive
from obia.server.clock import now
from obia.server.graph.statements import cypher
from obia.server.intake import findings
from obia.server.intake.crash import reach
from obia.server.intake.item import Item
from obia.server.intake.lease import is_dead, this_process
from obia.server.intake.series import summaries
from obia.server.intake.settling import settle
from obia.server.intake.source import Place
from obia.server.intake.verdicts import Verdicts
from obia.server.intake.writing import BatchWriter, StaleKnowledge
from obia.server.intake.zone import Read, Zone, checked
from obia.server.retrieval.codes import encode

log = logging.getLogger(__name__)
Progress = Callable[[int], None]
_TRIES = 3  # readings of a batch whose pre-check went stale


@dataclass(frozen=True, slots=True)
class Lease:
    """A batch that is ours until another raises the fence."""

    batch: str
    fence: int
    is_written: bool


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that is not done: its id, its submission, and who holds it, if anybody alive does."""

    id: str
    submission: str
    is_free: bool


async def open_batches(archive: OpenArchive, submission: str | None = None) -> list[OpenBatch]:
    """Every batch that is not done, oldest first."""
    rows = await archive.graph.read(cypher("open_batches"), {"submission": submission})
    return [OpenBatch(row[0], row[1], _is_free(row[3], row[4])) for row in rows]


async def work_on(archive: OpenArchive, batch: str, collection: str, progress: Progress = lambda _: None) -> bool:
    """Do a batch, or the rest of it; return False when another holds it.

    Raises ObiaError: DISK_FULL and the like, with nothing half written and the lease given back.
    """
    lease = await _lease(archive, batch)
    if lease is None:
        return False
    reach("batch-leased")
    try:
        async with _heartbeat(archive, lease):
            if not lease.is_written:
                await _take_in(archive, lease, collection, progress)
            reach("transaction-committed")
            await settle(archive, batch)
            reach("settled")
            await encode(archive, batch)
            reach("codes-written")
    except BaseException:
        with contextlib.suppress(ObiaError):
            await archive.graph.write(lambda tx: tx.run(cypher("release_lease"), {"id": batch, "fence": lease.fence}))
        raise
    await archive.graph.write(lambda tx: tx.run(cypher("batch_done"), {"id": batch, "fence": lease.fence}))
    reach("batch-done")
    return True


async def _lease(archive: OpenArchive, batch: str) -> Lease | None:
    rows = await archive.graph.read("MATCH (b:Batch {id: $id}) RETURN b.leaseOwner", {"id": batch})
    owners = [row[0] for row in rows if row[0]]
    parameters = {
        "id": batch,
        "now": now(),
        "until": now(later=archive.settings.lease_seconds),
        "owner": this_process(),
        "dead": [owner for owner in owners if is_dead(owner)],
    }
    leased = await archive.graph.write(lambda tx: tx.run(cypher("lease_batch"), parameters))
    return Lease(batch, leased[0][0], leased[0][1] == "WRITTEN") if leased else None


@asynccontextmanager
async def _heartbeat(archive: OpenArchive, lease: Lease) -> AsyncIterator[None]:
    """Renew the lease while the work goes on."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(archive.settings.lease_seconds / 3)
            with contextlib.suppress(ObiaError):  # the fence guards the write; a missed beat only shortens the lease
                await _renew(archive, lease)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _renew(archive: OpenArchive, lease: Lease) -> None:
    parameters = {"id": lease.batch, "fence": lease.fence, "until": now(later=archive.settings.lease_seconds)}
    await archive.graph.write(lambda tx: tx.run(cypher("renew_lease"), parameters))


async def _take_in(archive: OpenArchive, lease: Lease, collection: str, progress: Progress) -> None:
    manifest = archive.vault.manifest(lease.batch)
    files = [(intake_id, Path(path)) for intake_id, path in manifest["files"]]
    zone = Zone(collection, archive.keys, archive.plugins, archive.store)
    verdicts = await _judged(archive, lease, zone, files, progress)
    await _tell(archive, verdicts)


async def _judged(
    archive: OpenArchive, lease: Lease, zone: Zone, files: Sequence[tuple[str, Path]], progress: Progress
) -> Verdicts:
    for attempt in range(_TRIES):
        known = await asyncio.to_thread(lambda: [zone.read(intake_id, path) for intake_id, path in files])
        reach("batch-read")
        held = await _held(archive, known) if attempt < _TRIES - 1 else set()
        items = await asyncio.to_thread(_clean_all, archive, zone, lease.batch, known, held, progress)
        archive.store.sync()
        reach("files-stored")
        try:
            return await archive.graph.write(BatchWriter(archive.keys, lease.batch, lease.fence, items))
        except StaleKnowledge:
            log.info("batch %s is read again", lease.batch)
    raise ObiaError("a batch changed under every reading; try again", Code.LEASE_LOST)


def _clean_all(
    archive: OpenArchive, zone: Zone, batch: str, known: Sequence[Read], held: set[str], progress: Progress
) -> list[Item]:
    items = []
    for each in known:
        item = each.item if each.item.intake_id in held else zone.clean(each, f"images/{batch}")
        if item.code is not None and item.intake_id not in held:
            _keep(archive, each.path, item, batch)
        items.append(item)
        progress(1)
    return items


def _keep(archive: OpenArchive, path: Path, item: Item, batch: str) -> None:
    """Copy a refused original into the vault, before the graph speaks of it; of what cannot be read, the note alone."""
    note = {"path": str(path), "code": item.code, "batch": batch, "at": now()}
    try:
        source: BinaryIO = Place.find(path).open()
    except (OSError, Rejected):
        source = io.BytesIO()
    with source:
        archive.vault.keep(item.intake_id, source, note)


async def _held(archive: OpenArchive, known: Sequence[Read]) -> set[str]:
    """The intake ids of what the archive holds already: a first look, made good in the writing transaction."""
    parameters = {
        "uids": sorted({each.item.uid for each in known if each.item.code is None}),
        "files": sorted({each.item.file for each in known if each.item.code is not None}),
    }
    rows = await archive.graph.read(cypher("known_instances"), parameters)
    instances = {(row[0], row[2] or "", row[3] or ""): row[1] for row in rows if row[4] is None}
    files = {(row[1], row[4]) for row in rows if row[4] is not None}
    return {each.item.intake_id for each in known if _is_held(each.item, instances, files)}


def _is_held(item: Item, instances: dict[tuple[str, str, str], str], files: set[tuple[str, str]]) -> bool:
    if item.code is not None:
        return (item.collection, item.file) in files
    collection = instances.get((item.uid, *item.content))
    return collection is not None and (len(collection), collection) <= (len(item.collection), item.collection)


async def _tell(archive: OpenArchive, verdicts: Verdicts) -> None:
    """Tell plugins, and let checks look at the series that were touched; neither can undo what is written."""
    summary = await summaries(archive, verdicts.accepted)
    checks = archive.plugins.registered.checks
    found = [each for series in summary for each in _series_findings(checks, series)]
    await findings.record(archive.graph, found)
    if archive.plugins.hears("after_ingest"):
        for receipt in await _receipts(archive, verdicts.accepted):
            archive.plugins.after_ingest(receipt)
    for item, code in verdicts.quarantined:
        archive.plugins.ingest_failed(item.intake_id, code.value)


def _series_findings(checks: Mapping[str, Check], series: SeriesSummary) -> list[Finding]:
    return checked(checks, SeriesCheck, lambda each: each.check_series(series), series.uid)


async def _receipts(archive: OpenArchive, accepted: Sequence[Item]) -> list[Receipt]:
    studies = sorted({f"{item.collection}/{item.study}" for item in accepted})
    rows = await archive.graph.read(cypher("study_accessions"), {"keys": studies})
    names = {row[0]: (row[1], row[2]) for row in rows}
    receipts = []
    for item in accepted:
        individual, study = names[f"{item.collection}/{item.study}"]
        assert item.kind is not None
        receipts.append(
            Receipt(item.intake_id, item.collection, individual, study, item.series, item.uid, replace(item.kind))
        )
    return receipts


def _is_free(owner: str | None, until: str | None) -> bool:
    return owner is None or owner == this_process() or (until or "") < now() or is_dead(owner)
