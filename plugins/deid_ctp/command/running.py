"""Running: a plan over a folder, from the first file to the signed records."""

import errno
import json
import os
import shutil
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic

import click

from obia import Code, ObiaError
from obia.plugins.deid_ctp.command.inbox import Inbox, refuse_overlap
from obia.plugins.deid_ctp.command.keyfile import Key, find_key
from obia.plugins.deid_ctp.command.mappings import MappingFile
from obia.plugins.deid_ctp.command.outbox import Outbox
from obia.plugins.deid_ctp.command.plan import Mode, Plan, Texts
from obia.plugins.deid_ctp.command.pool import Pool, cores
from obia.plugins.deid_ctp.command.work import Done, Job, fallen, preparation
from obia.plugins.deid_ctp.evidence.batches import FOLDER, seal
from obia.plugins.deid_ctp.evidence.signing import Signer

_FULL = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)
_WIDTH = 24  # characters of the bar
_BLINK = 0.2  # seconds between two lines of progress


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run reads and writes."""

    source: Path
    target: Path
    evidence: Path
    quarantine: Path | None
    mapping: Path | None

    def check(self) -> None:
        """Refuse places that lie in one another. Raises BadInput."""
        refuse_overlap(self.source, self.target, ("IN", "OUT"))
        refuse_overlap(self.source, self.evidence, ("IN", "--evidence"))
        if self.evidence.resolve() != (self.target / FOLDER).resolve():
            refuse_overlap(self.evidence, self.target, ("--evidence", "OUT"))
        if self.quarantine is not None:
            refuse_overlap(self.source, self.quarantine, ("IN", "--quarantine"))
            refuse_overlap(self.quarantine, self.target, ("--quarantine", "OUT"))
        if self.mapping is not None:
            refuse_overlap(self.source, self.mapping, ("IN", "--mapping"))
            refuse_overlap(self.mapping, self.target, ("--mapping", "OUT"))


def run(
    texts: Texts,
    mode: Mode,
    key_file: Path | None,
    now: datetime | None,
    places: Places,
    workers: int | None,
    as_json: bool,
) -> int:
    """Run; return 0 if every file went through. Raises ObiaError."""
    inbox = Inbox.of(places.source)
    key = find_key(key_file)
    if key.is_new:
        click.echo(f"key: {key.path} was made; keep a copy, for with another one patients get other names", err=True)
    mapping = _mapping(places.mapping, key)
    outbox = Outbox(places.target, mapping)
    try:
        moment = outbox.open(texts.digest(mode, key), now)
        signer = Signer.beside(key.path)
        plan = Plan(texts, mode, key, moment)
        counts = Counter[str]()
        for done in _results(plan, inbox, outbox, workers or cores()):
            counts[done.status] += 1
            if done.status != "OK" and places.quarantine is not None:
                _set_aside(done.job, places.quarantine)
            _tell(done, as_json)
        outbox.flush()
        facts = {
            "software": f"obia {_version()}",
            "mode": mode,
            "script": texts.script.sha256,
            "key": key.id,
            "counts": dict(sorted(counts.items())),
        }
        seal(places.evidence, outbox.records(), facts, signer)
        outbox.finish(texts.digest(mode, key), moment)
    except OSError as error:
        raise _said(error) from None
    finally:
        outbox.close()
        if mapping is not None:
            mapping.close()
    if inbox.unlisted:
        click.echo(f"folders of IN left out, links or not to be opened: {inbox.unlisted}; name them as IN", err=True)
    _sum_up(counts, as_json)
    if set(counts) - {"OK"} and sys.stderr.isatty():
        click.echo("`obia deid where IN ID` leads from an id to its file", err=True)
    return 0 if set(counts) <= {"OK"} and not inbox.unlisted else 1


def _mapping(path: Path | None, key: Key) -> MappingFile | None:
    try:
        return None if path is None else MappingFile(path, key)
    except OSError as error:
        raise ObiaError(f"the mapping cannot be written: {error.strerror}", Code.HOME_UNWRITABLE) from None


def _said(error: OSError) -> ObiaError:
    code = Code.DISK_FULL if error.errno in _FULL else Code.HOME_UNWRITABLE
    return ObiaError(f"OUT cannot be written: {error.strerror or type(error).__name__}", code)


def _results(plan: Plan, inbox: Inbox, outbox: Outbox, workers: int) -> Iterator[Done]:
    """What becomes of each file, in order: as the journal knows it, or as a worker makes it."""
    pool: Pool[Job, Done] = Pool(
        preparation(plan, outbox.drafts, outbox.integers, maps=outbox.maps),
        fallen,
        1 if plan.numbers else min(workers, len(inbox.paths)),
    )
    known: dict[str, Done] = {}
    order = deque[str]()

    def unknown() -> Iterator[Job]:
        for job in inbox.jobs(plan.key):
            order.append(job.id)
            held = outbox.known(job)
            if held is None:
                yield job
            else:
                known[job.id] = held

    progress = Progress(len(inbox.paths))
    for done in pool.results(unknown()):
        while order and order[0] in known:
            yield progress.seen(known.pop(order.popleft()))
        order.popleft()
        if done.trouble:
            raise OSError(done.trouble, os.strerror(done.trouble))
        yield progress.seen(outbox.place(done))
    for each in order:
        yield progress.seen(known.pop(each))
    progress.end()


class Progress:
    """How far the run is, on a terminal alone."""

    def __init__(self, total: int) -> None:
        self._total, self._count, self._other = total, 0, 0
        self._is_shown = sys.stderr.isatty()
        self._begun = self._last = monotonic()

    def seen(self, done: Done) -> Done:
        """Count a file."""
        self._count += 1
        self._other += done.status != "OK"
        now = monotonic()
        if self._is_shown and (now - self._last > _BLINK or self._count == self._total):
            self._last = now
            rate = self._count / max(now - self._begun, 1e-6)
            filled = _WIDTH * self._count // self._total
            line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {self._count:,} of {self._total:,} files, {rate:,.0f} a second, {self._other:,} did not go through"
            click.echo(f"\r\033[K{line}", nl=False, err=True)
        return done

    def end(self) -> None:
        """Leave the line."""
        if self._is_shown:
            click.echo("", err=True)


def _set_aside(job: Job, folder: Path) -> None:
    """Copy an original to the folder that keeps what did not go through."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{job.id}"
    try:
        with job.path.open("rb") as source, draft.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            shutil.copyfileobj(source, target, 1 << 20)
    except OSError:
        draft.unlink(missing_ok=True)
        return  # it cannot be read, which its line says
    draft.rename(folder / job.id)


def _tell(done: Done, as_json: bool) -> None:
    if as_json:
        said = {
            "id": done.job.id,
            "file": done.name,
            "status": done.status,
            "reason": done.reason,
            "notes": [*done.notes],
            "counts": dict(sorted(done.counts.items())),
        }
        click.echo(json.dumps(said))
    elif done.status != "OK":
        click.echo(f"{done.status} {done.job.id}: {done.reason}")


def _sum_up(counts: Counter[str], as_json: bool) -> None:
    parts = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
    click.echo(f"{counts.total():,} files: {parts}", err=as_json)


def _version() -> str:
    try:
        return version("obia")
    except PackageNotFoundError:
        return "0"
