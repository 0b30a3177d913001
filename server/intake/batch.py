"""Working on one batch: lease, read, clean, write, settle, encode. The graph is the record; this may be done twice."""

import asyncio
import contextlib
import io
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import FULL, Code, ObiaError, Rejected
from obia.schema.forgetting import forget_originals
from obia.server.archive import OpenArchive
from obia.server.clock import now
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.intake.crash import reach
from obia.server.intake.issuers import patients_with_issuer
from obia.server.intake.item import Item
from obia.server.intake.reading import opened
from obia.server.intake.settling import settle, sweep
from obia.server.intake.sources import is_from_vault, sources
from obia.server.intake.suspects import Suspects
from obia.server.intake.telling import tell
from obia.server.intake.verdicts import Manner
from obia.server.intake.writing import BatchWriter, LeaseLost, StaleKnowledge, Written
from obia.server.intake.zone import Read, Zone
from obia.server.orphans import discard_unlisted
from obia.server.process import is_dead, this_process
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
    is_cancelled: bool


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
    """Do a batch, or the rest of it; return False when another holds it, or took it over meanwhile.

    Raises ObiaError: DISK_FULL and the like, with nothing half written and the lease given back.
    """
    lease = await _lease(archive, batch)
    if lease is None:
        return False
    reach("batch-leased")
    try:
        async with _heartbeat(archive, lease):
            if not (lease.is_written or lease.is_cancelled):
                await _take_in(archive, lease, collection, progress)
            reach("transaction-committed")
            await settle(archive, batch)
            reach("settled")
            await tell(archive, batch)
            await encode(archive, batch)
            reach("codes-written")
    except LeaseLost:
        await sweep(archive, batch)
        return False
    except BaseException:
        with contextlib.suppress(ObiaError):
            await archive.graph.write(lambda tx: tx.run(cypher("release_lease"), {"id": batch, "fence": lease.fence}))
        raise
    finally:
        forget_originals()
    Suspects.of(archive.settings.home, batch).forget()
    await archive.graph.write(lambda tx: tx.run(cypher("batch_done"), {"id": batch, "fence": lease.fence}))
    if lease.is_cancelled:
        await sweep(archive, batch)  # while the batch was running, `settle` removed nothing
    reach("batch-done")
    return True


async def _lease(archive: OpenArchive, batch: str) -> Lease | None:
    rows = await archive.graph.read(cypher("lease_owner"), {"id": batch})
    owners = [row[0] for row in rows if row[0]]
    parameters = {
        "id": batch,
        "now": now(),
        "until": now(later=archive.settings.lease_seconds),
        "owner": this_process(),
        "dead": [owner for owner in owners if is_dead(owner)],
    }
    leased = await archive.graph.write(lambda tx: tx.run(cypher("lease_batch"), parameters))
    return Lease(batch, leased[0][0], leased[0][1] == "WRITTEN", leased[0][2]) if leased else None


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
    manner = Manner(*(manifest.get(each, False) for each in ("isDecided", "isForced", "isFromVault")))
    suspects = Suspects.of(archive.settings.home, lease.batch, archive.settings.file_seconds)
    zone = Zone(collection, archive.keys, archive.plugins, archive.store, suspects)
    with sources(archive.vault, manifest, suspects) as found:
        if failed := [[intake_id, code] for intake_id, code in found.failed]:
            await archive.graph.write(lambda tx: tx.run(cypher("recode"), {"rows": failed}))
        await _write(archive, lease, zone, found.files, manner, progress)


async def _write(
    archive: OpenArchive,
    lease: Lease,
    zone: Zone,
    files: Sequence[tuple[str, Path]],
    manner: Manner,
    progress: Progress,
) -> None:
    """Read, clean and write; once more from the start where the first look at the graph went stale."""
    for attempt in range(_TRIES):
        reads = await asyncio.to_thread(lambda: [zone.read(intake_id, path) for intake_id, path in files])
        if manner.is_from_vault:
            reads = await _quarantined(archive, zone, reads)
        known = await _placed(archive, zone, reads)
        reach("batch-read")
        look = await _look(archive, zone.collection, known, manner)
        held = look.held if attempt < _TRIES - 1 else set()
        items = await asyncio.to_thread(_clean_all, archive, zone, lease.batch, known, held, progress)
        await asyncio.to_thread(archive.store.sync)
        reach("files-stored")
        writer = BatchWriter(archive.keys, zone.collection, lease.batch, lease.fence, items, manner)
        try:
            written = await _committed(archive, writer, replaces=look.replaces)
        except StaleKnowledge:
            log.info("batch %s is read again", lease.batch)
            continue
        await discard_unlisted(archive.graph, archive.vault, written.resolved)
        return
    raise ObiaError("a batch changed under every reading; try again", Code.LEASE_LOST)


async def _committed(archive: OpenArchive, writer: BatchWriter, *, replaces: bool) -> Written:
    """Write, as an audited change where images may be replaced. Raises StaleKnowledge, LeaseLost."""
    if not replaces:
        return await archive.graph.write(writer)
    async with archive.changing(ADMINISTRATOR, "ingest.replace", writer.batch) as change:

        async def work(tx: Transaction) -> Written:
            written = await writer.replacing(tx)
            change.subject = f"{writer.batch} {written.replaced}"
            return written

        return await change.write(work)


async def _quarantined(archive: OpenArchive, zone: Zone, reads: Sequence[Read]) -> list[Read]:
    """Of files of the vault, those that are still quarantined; one that is another file than before is refused."""
    ids = sorted(each.item.intake_id for each in reads)
    originals = dict(await archive.graph.write(lambda tx: tx.run(cypher("lock_quarantined"), {"ids": ids})))
    return [
        zone.require_content(each, originals[each.item.intake_id]) for each in reads if each.item.intake_id in originals
    ]


async def _placed(archive: OpenArchive, zone: Zone, reads: Sequence[Read]) -> list[Read]:
    """Give what was read its place in the collection: by the released UIDs in it, and the issuers that are known."""
    claimed = sorted({uid for each in reads for uid in each.claimed})
    rows = await archive.graph.read(cypher("released_uids"), {"uids": claimed}) if claimed else []
    plain = patients_with_issuer([each.original for each in reads if each.original], archive.keys)
    keys = {f"{zone.collection}/{archive.keys.pseudonym(zone.collection, each)}": each for each in plain}
    issuers = await archive.graph.read(cypher("issuers"), {"keys": sorted(keys)}) if keys else []
    known = {keys[key]: issuer for key, issuer in issuers}
    return await asyncio.to_thread(zone.place, reads, frozenset(row[0] for row in rows), known)


def _clean_all(
    archive: OpenArchive, zone: Zone, batch: str, known: Sequence[Read], held: set[str], progress: Progress
) -> list[Item]:
    new = [each for each in known if each.item.intake_id not in held]
    items = [each.item for each in known if each.item.intake_id in held]
    progress(len(items))
    for each, item in zip(new, zone.clean(new, f"images/{batch}"), strict=True):
        if item.code is not None:
            _keep(archive, each.path, item, batch)
        items.append(item)
        progress(1)
    return items


def _keep(archive: OpenArchive, path: Path, item: Item, batch: str) -> None:
    """Copy a refused original into the vault, before the graph speaks of it; of what cannot be read, the note alone."""
    note = {"path": str(path), "code": item.code, "batch": batch, "at": now()}
    if is_from_vault(path):
        archive.vault.annotate(item.intake_id, {"code": item.code, "at": note["at"]})
        return
    try:
        with opened(path) as source:
            archive.vault.keep(item.intake_id, source, note)
    except (Rejected, OSError) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        archive.vault.keep(item.intake_id, io.BytesIO(), note)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a first look at the collection finds: intake ids of what it holds already, and whether images of equal
    originals may have to be replaced. The writing transaction makes it good."""

    held: set[str]
    replaces: bool = False


async def _look(archive: OpenArchive, collection: str, known: Sequence[Read], manner: Manner) -> _Look:
    if manner.is_decided:
        return _Look(set())
    uids = sorted({each.item.uid for each in known if each.item.code is None})
    files = sorted({each.item.file for each in known if each.item.code is not None})
    rows = await archive.graph.read(cypher("known_instances"), {"collection": collection, "uids": uids})
    own = [each.item.intake_id for each in known]
    kept = await archive.graph.read(cypher("quarantined_files"), {"collection": collection, "files": files, "own": own})
    instances = {(row[0], row[1] or "", row[2] or ""): row[3:] for row in rows}
    quarantined = {row[0] for row in kept}
    refused = {each.item.intake_id for each in known if each.item.code is not None and each.item.file in quarantined}
    live = [each.item for each in known if each.item.code is None and _is_live(each.item, instances)]
    replaced = {each.intake_id for each in live if _is_replaced(each, instances, manner)}
    return _Look(refused | ({each.intake_id for each in live} - replaced), bool(replaced))


_Instances = Mapping[tuple[str, str, str], Sequence[Any]]


def _is_live(item: Item, instances: _Instances) -> bool:
    """Whether the collection has an image or annotation of equal content."""
    found = instances.get((item.uid, *item.content))
    return found is not None and not found[1]


def _is_replaced(item: Item, instances: _Instances, manner: Manner) -> bool:
    """Whether the image or annotation of equal content would be replaced."""
    recipe, _, is_final = instances[(item.uid, *item.content)]
    return not is_final and (manner.is_forced or recipe != item.recipe)


def _is_free(owner: str | None, until: str | None) -> bool:
    return owner is None or owner == this_process() or (until or "") < now() or is_dead(owner)
