"""Submissions: planning one whole, finding one that was cut off, and finishing it."""

import asyncio
import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from obia.schema.access import Viewer
from obia.schema.errors import Code, NotFound, ObiaError
from obia.schema.protocols import SubmissionCheck
from obia.schema.values import SubmissionSummary
from obia.server.archive import OpenArchive
from obia.server.clock import now
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.intake import findings
from obia.server.intake.crash import reach
from obia.server.intake.sources import has_original
from obia.server.orphans import is_abandoned
from obia.server.process import this_process
from obia.server.vault.vault import Vault

log = logging.getLogger(__name__)
_AT_ONCE, _BYTES_AT_ONCE = 8, 64 << 20  # originals of the vault that a batch decrypts into memory, if they are several


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the files of a submission ended: counts, quarantined ones by code."""

    total: int
    accepted: int
    quarantined: dict[str, int]
    in_quarantine: int = 0
    """Of the duplicates, those whose equal was quarantined when they were looked at."""
    replaced: int = 0
    """Of the accepted, those that replaced an unreleased image of an equal original."""
    is_cancelled: bool = False
    """Whether the submission was cancelled: its total is then of the files that were done."""

    @property
    def duplicates(self) -> int:
        """Files that the collection or its quarantine held already."""
        return self.total - self.accepted - sum(self.quarantined.values())

    @property
    def by_code(self) -> dict[str, int]:
        """All counts above zero: ACCEPTED, DUPLICATE and the codes of the quarantined."""
        counts = {"ACCEPTED": self.accepted, Code.DUPLICATE.value: self.duplicates, **self.quarantined}
        return {code: count for code, count in counts.items() if count}


class Forgotten(NotFound):
    """Control flow: a submission is gone, since another process finished it and it had added nothing."""


def source_digest(archive: OpenArchive, root: Path) -> str:
    """A keyed digest of where files come from: the path itself may hold a name."""
    return archive.keys.digest("source", str(root.resolve()))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a submission is made of: batches of pairs of intake id and path, and what each manifest says."""

    collection: str
    source: str
    batches: Sequence[Sequence[tuple[str, str]]]
    manifest: Mapping[str, object]
    is_kept: bool


async def plan(
    archive: OpenArchive,
    viewer: Viewer,
    collection: str,
    root: Path,
    files: Sequence[Path],
    *,
    is_kept: bool,
    is_forced: bool = False,
    action: str = "ingest.plan",
) -> str:
    """Plan a submission whole: manifests into the vault, then submission and batches in one audited change.

    One that `is_forced` replaces unreleased images even where their clean form depends on the same as before.
    Raises NotFound when there is no such collection, ObiaError AUDIT_UNWRITABLE; then nothing is left of it.
    """
    named = [(secrets.token_hex(10), str(path)) for path in files]
    manifest = {"root": str(root), "isForced": is_forced}
    batches = list(_chunks(named, archive.settings.batch_size))
    wanted = _Plan(collection, source_digest(archive, root), batches, manifest, is_kept)
    return await _planned(archive, viewer, action, wanted)


async def plan_from_vault(
    archive: OpenArchive, viewer: Viewer, collection: str, intake_ids: Sequence[str], *, is_decided: bool
) -> str:
    """Plan a submission of quarantined files, those whose originals the vault holds; `is_decided` if they are to be
    accepted."""
    batches = await asyncio.to_thread(lambda: list(_vault_chunks(archive.vault, intake_ids)))
    manifest = {"root": "", "isFromVault": True, "isDecided": is_decided}
    source = archive.keys.digest("source", secrets.token_hex(16))
    action = "quarantine.accept" if is_decided else "quarantine.settle"
    return await _planned(archive, viewer, action, _Plan(collection, source, batches, manifest, is_kept=True))


async def _planned(archive: OpenArchive, viewer: Viewer, action: str, wanted: _Plan) -> str:
    submission, total = secrets.token_hex(8), sum(map(len, wanted.batches))
    async with archive.changing(viewer, action, submission) as change:
        try:
            batches = await asyncio.to_thread(_write_manifests, archive, submission, wanted)
            reach("manifests-written")
            parameters = {
                "id": submission,
                "collection": wanted.collection,
                "source": wanted.source,
                "keyId": archive.keys.key_id,
                "by": viewer.name,
                "owner": viewer.id,
                "now": now(),
                "total": total,
                "isKept": wanted.is_kept,
                "batches": batches,
            }
            await change.write(lambda tx: _write_plan(tx, parameters))
        except (ObiaError, OSError):
            if change.is_refused:
                archive.vault.discard_manifests(submission)
            raise
    reach("submission-planned")
    log.info("job %s of %s begins: %d files, %d batches", submission, wanted.collection, total, len(batches))
    return submission


def _write_manifests(archive: OpenArchive, submission: str, wanted: _Plan) -> list[list[object]]:
    """Write the manifests of a submission, durable; return its batches as id, number and how many files."""
    archive.vault.write_manifest(f"{submission}/owner", {"owner": this_process()})
    batches: list[list[object]] = []
    for number, chunk in enumerate(wanted.batches):
        batch = f"{submission}/{number:06}"
        archive.vault.write_manifest(batch, {**wanted.manifest, "files": chunk})
        batches.append([batch, number, len(chunk)])
    archive.store.sync()
    return batches


async def _write_plan(tx: Transaction, parameters: Mapping[str, object]) -> None:
    if not await tx.run(cypher("plan_submission"), parameters):
        raise NotFound(f"there is no collection {parameters['collection']}; `obia collection list` shows them")


async def unfinished(archive: OpenArchive, collection: str, root: Path) -> str | None:
    """The submission of this folder to this collection that was cut off, if there is one."""
    parameters = {"source": source_digest(archive, root), "collection": collection}
    rows = await archive.graph.read(cypher("unfinished_submission"), parameters)
    return rows[0][0] if rows else None


def planned_paths(archive: OpenArchive, submission: str) -> set[str]:
    """The paths of a submission's files. Raises Forgotten."""
    try:
        manifests = [archive.vault.manifest(batch) for batch in archive.vault.batches(submission)]
    except NotFound:
        raise Forgotten(f"there is no submission {submission}") from None
    return {path for manifest in manifests for _, path in manifest["files"]}


async def outcomes(archive: OpenArchive, submission: str) -> Outcomes:
    """How the files of a submission ended so far. Raises Forgotten."""
    rows = await archive.graph.read(cypher("submission_outcomes"), {"id": submission})
    if not rows:
        raise Forgotten(f"there is no submission {submission}")
    total, accepted, codes, batches, is_cancelled = rows[0]
    in_quarantine, replaced = (sum(batch[place] for batch in batches) for place in (0, 1))
    return Outcomes(total, accepted, dict(codes), in_quarantine, replaced, is_cancelled)


async def finish(archive: OpenArchive, submission: str, collection: str) -> Outcomes:
    """Count, check and close a submission whose batches are all done; one that added nothing leaves nothing."""
    ended = await outcomes(archive, submission)
    await archive.graph.write(lambda tx: tx.run(cypher("resolve_annotations"), {"collection": collection}))
    await recount(archive, [collection])
    await _check(archive, submission, collection, ended)
    [[cancelled]] = await archive.graph.write(
        lambda tx: tx.run(cypher("submission_finished"), {"id": submission, "now": now()})
    )
    for batch in cancelled:  # those of the others say where originals lie that a later conflict may need
        archive.vault.discard_manifest(batch)
    reach("submission-finished")
    return ended


async def forget_if_empty(archive: OpenArchive, submission: str, ended: Outcomes) -> bool:
    """Remove a finished submission that added nothing; return whether it was."""
    if ended.accepted or ended.quarantined or ended.is_cancelled:
        return False
    await archive.graph.write(lambda tx: tx.run(cypher("forget_submission"), {"id": submission}))
    archive.vault.discard_manifests(submission)
    return True


async def recount(archive: OpenArchive, collections: Iterable[str]) -> None:
    """Roll the kept counts of collections up from their individuals."""
    parameters = {"accessions": sorted(collections)}
    await archive.graph.write(lambda tx: tx.run(cypher("recount_collection"), parameters))


async def sweep_manifests(archive: OpenArchive) -> None:
    """Remove manifests whose submission was never planned because the process that wrote them died."""
    kept = archive.vault.submissions()  # before the graph is asked: what is planned meanwhile is then known to it
    rows = await archive.graph.read(cypher("submission_ids"))
    for orphan in kept - {row[0] for row in rows}:
        if is_abandoned(archive.vault, orphan):
            archive.vault.discard_manifests(orphan)


async def _check(archive: OpenArchive, submission: str, collection: str, ended: Outcomes) -> None:
    from obia.server.intake.zone import checked

    summary = SubmissionSummary(submission, collection, ended.by_code)
    found = checked(
        archive.plugins.registered, SubmissionCheck, lambda each: each.check_submission(summary), submission
    )
    await findings.record(archive.graph, found)


def _vault_chunks(vault: Vault, intake_ids: Sequence[str]) -> Iterable[list[tuple[str, str]]]:
    """Pairs of intake id and path, some at a time: few, and a large one by itself."""
    chunk: list[tuple[str, str]] = []
    size = 0
    for intake_id in (each for each in intake_ids if has_original(vault, each)):
        more = vault.size(intake_id)
        if chunk and (len(chunk) == _AT_ONCE or size + more > _BYTES_AT_ONCE):
            yield chunk
            chunk, size = [], 0
        chunk.append((intake_id, str(vault.note(intake_id).get("path", ""))))
        size += more
    if chunk:
        yield chunk


def _chunks(files: Sequence[tuple[str, str]], size: int) -> Iterable[Sequence[tuple[str, str]]]:
    return (files[start : start + size] for start in range(0, len(files), size))
