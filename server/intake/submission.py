"""Submissions: planning one whole, finding one that was cut off, and finishing it."""

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from obia.schema.errors import Code, NotFound
from obia.schema.protocols import SubmissionCheck
from obia.schema.values import SubmissionSummary
from obia.server.archive import OpenArchive
from obia.server.clock import now
from obia.server.graph.statements import cypher
from obia.server.intake import findings
from obia.server.intake.crash import reach
from obia.server.intake.lease import is_dead, this_process
from obia.server.intake.verdicts import rank


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the files of a submission ended: counts, quarantined ones by code."""

    total: int
    accepted: int
    quarantined: dict[str, int]
    in_quarantine: int = 0
    """Of the duplicates, those whose equal was quarantined when they were looked at."""
    in_others: int = 0
    """Of the duplicates, those whose equal lay in `others`: other collections."""
    others: tuple[str, ...] = ()

    @property
    def duplicates(self) -> int:
        """Files that the archive or its quarantine held already."""
        return self.total - self.accepted - sum(self.quarantined.values())

    @property
    def by_code(self) -> dict[str, int]:
        """All counts above zero: ACCEPTED, DUPLICATE and the codes of the quarantined."""
        counts = {"ACCEPTED": self.accepted, Code.DUPLICATE.value: self.duplicates, **self.quarantined}
        return {code: count for code, count in counts.items() if count}


def source_digest(archive: OpenArchive, root: Path) -> str:
    """A keyed digest of where files come from: the path itself may hold a name."""
    return archive.keys.digest("source", str(root.resolve()))


async def plan(
    archive: OpenArchive, collection: str, root: Path, files: Sequence[Path], *, by: str, is_kept: bool, owner: str = ""
) -> str:
    """Plan a submission whole: manifests into the vault, then submission and batches in one transaction.

    `by` is the name of the token that hands it in, `owner` its id.

    Raises NotFound when there is no such collection.
    """
    submission = secrets.token_hex(8)
    archive.vault.write_manifest(f"{submission}/owner", {"owner": this_process()})
    batches = []
    for number, chunk in enumerate(_chunks(files, archive.settings.batch_size)):
        batch = f"{submission}/{number:06}"
        manifest = {"root": str(root), "files": [[secrets.token_hex(10), str(path)] for path in chunk]}
        archive.vault.write_manifest(batch, manifest)
        batches.append([batch, number, len(chunk)])
    await asyncio.to_thread(archive.store.sync)
    reach("manifests-written")
    parameters = {
        "id": submission,
        "collection": collection,
        "source": source_digest(archive, root),
        "keyId": archive.keys.key_id,
        "by": by,
        "owner": owner,
        "now": now(),
        "total": len(files),
        "isKept": is_kept,
        "batches": batches,
    }
    rows = await archive.graph.write(lambda tx: tx.run(cypher("plan_submission"), parameters))
    if not rows:
        archive.vault.discard_manifests(submission)
        raise NotFound(f"there is no collection {collection}; `obia collection list` shows them")
    reach("submission-planned")
    return submission


async def unfinished(archive: OpenArchive, collection: str, root: Path) -> str | None:
    """The submission of this folder to this collection that was cut off, if there is one."""
    parameters = {"source": source_digest(archive, root), "collection": collection}
    rows = await archive.graph.read(cypher("unfinished_submission"), parameters)
    return rows[0][0] if rows else None


async def outcomes(archive: OpenArchive, submission: str) -> Outcomes:
    """How the files of a submission ended so far."""
    rows = await archive.graph.read(cypher("submission_outcomes"), {"id": submission})
    if not rows:
        raise NotFound(f"there is no submission {submission}")
    total, accepted, codes, batches = rows[0]
    others = {collection for _, _, named in batches for collection in named}
    in_quarantine, in_others = (sum(batch[place] for batch in batches) for place in (0, 1))
    return Outcomes(total, accepted, dict(codes), in_quarantine, in_others, tuple(sorted(others, key=rank)))


async def finish(archive: OpenArchive, submission: str, collection: str) -> Outcomes:
    """Count, check and close a submission whose batches are all done; one that added nothing leaves nothing."""
    ended = await outcomes(archive, submission)
    await archive.graph.write(lambda tx: tx.run(cypher("resolve_annotations"), {"collection": collection}))
    await recount(archive, [collection])
    await _check(archive, submission, collection, ended)
    await archive.graph.write(lambda tx: tx.run(cypher("submission_finished"), {"id": submission, "now": now()}))
    reach("submission-finished")
    return ended


async def forget_if_empty(archive: OpenArchive, submission: str, ended: Outcomes) -> bool:
    """Remove a finished submission that added nothing; return whether it was."""
    if ended.accepted or ended.quarantined:
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
        if _is_abandoned(archive, orphan):
            archive.vault.discard_manifests(orphan)


def _is_abandoned(archive: OpenArchive, orphan: str) -> bool:
    try:
        return is_dead(archive.vault.manifest(f"{orphan}/owner")["owner"])
    except NotFound:
        return True  # it is written first and removed with the rest: a removal was cut off


async def _check(archive: OpenArchive, submission: str, collection: str, ended: Outcomes) -> None:
    from obia.server.intake.zone import checked

    summary = SubmissionSummary(submission, collection, ended.by_code)
    found = checked(
        archive.plugins.registered, SubmissionCheck, lambda each: each.check_submission(summary), submission
    )
    await findings.record(archive.graph, found)


def _chunks(files: Sequence[Path], size: int) -> Iterable[Sequence[Path]]:
    return (files[start : start + size] for start in range(0, len(files), size))
