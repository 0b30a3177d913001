"""Work: what a worker does with one file, from its bytes to a draft that only waits for its name."""

import errno
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from obia import Code, ObiaError
from obia.plugins.deid_ctp.command.plan import Plan, parse_lookup, parse_script
from obia.plugins.deid_ctp.outcome import Unreadable

State = Literal["OK", "SKIP", "QUARANTINE", "DUPLICATE", "CONFLICT", "CHANGED"]
_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_MAX_UID = 64
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_NAMING = (0x0020000D, 0x0020000E, 0x00080018)  # study, series, instance
_SOURCE = 16  # bytes of a digest of an original


@dataclass(frozen=True, slots=True)
class Job:
    """One file of IN: where it is, where inside IN, and the id that it goes by from here on."""

    path: Path
    inside: str
    id: str
    print: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a file: `draft` is its output, written and on the disk, under a name that says nothing.

    `source` is a keyed digest of the original, `mapped` a line of the mapping, encrypted; `trouble` is the number of the
    error that kept the draft from being written, which ends the run.
    """

    job: Job
    status: State
    reason: str = ""
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    digest: str = ""
    draft: str = ""
    record: str = ""
    source: str = ""
    mapped: str = ""
    trouble: int = 0


def fallen(job: Job, reason: str) -> Done:
    """A file that took its worker with it."""
    return Done(job, "QUARANTINE", reason)


def preparation(plan: Plan, drafts: Path, integers: Path, *, maps: bool) -> Callable[[], Callable[[Job], Done]]:
    """What a worker runs first: it reads the plan once, and works by it from then on."""
    return partial(_prepare, plan, drafts, integers, maps)


def _prepare(plan: Plan, drafts: Path, integers: Path, maps: bool) -> Callable[[Job], Done]:
    return Workbench(plan, drafts, integers, maps).work


class Workbench:
    """A plan, parsed."""

    def __init__(self, plan: Plan, drafts: Path, integers: Path, maps: bool) -> None:
        from obia.plugins.deid_ctp.command.mappings import Cipher
        from obia.plugins.deid_ctp.integers import IntegerTable

        self.plan, self.drafts = plan, drafts
        texts = plan.texts
        self.script = parse_script(texts.script)
        self.lookup = None if texts.lookup is None else parse_lookup(texts.lookup, plan.mode)
        self.filter, self.pixels = texts.filter, texts.pixels
        self.hashing, self.naming, self.sources = plan.key.hashing, plan.key.subkey("name"), plan.key.subkey("source")
        self.cipher = Cipher(plan.key) if maps else None
        self.integers = IntegerTable(integers, plan.key.subkey("integers")) if plan.numbers else None

    def work(self, job: Job) -> Done:
        """Do one file. It raises nothing: bytes of anyone must not end the run."""
        try:
            source = read_source(job.path)
        except Unreadable as unreadable:
            return Done(job, "QUARANTINE", unreadable.message)
        try:
            return self._done(job, source)
        except OSError as error:
            if not self.drafts.is_dir():
                os._exit(1)  # the run is over, and another one has cleared its drafts away
            return Done(job, "QUARANTINE", trouble=error.errno or errno.EIO)
        except ObiaError as error:
            return Done(job, "QUARANTINE", error.message)
        except Exception as error:  # bytes of anyone
            return Done(job, "QUARANTINE", f"it cannot be processed ({type(error).__name__})")

    def _done(self, job: Job, source: bytes) -> Done:
        from obia.plugins.deid_ctp.anonymizing import anonymize
        from obia.plugins.deid_ctp.filters import matches

        if self.filter is not None and not matches(self.filter.text, source):
            if self.plan.mode == "safe":
                return Done(job, "SKIP", "the filter does not hold for it")
            return self._placed(job, source, source, ("the filter does not hold: passed on as CTP does",), {})
        blanked, notes = self._blanked(source)
        made = anonymize(
            blanked,
            self.script,
            lookup=self.lookup,
            mode=self.plan.mode,
            now=self.plan.now,
            integers=self.integers,
            key=self.hashing,
        )
        if made.status != "OK" or made.data is None:
            return Done(job, "SKIP" if made.status == "SKIP" else "QUARANTINE", made.reason, (*notes, *made.notes))
        return self._placed(job, source, made.data, (*notes, *made.notes), dict(made.actions))

    def _blanked(self, source: bytes) -> tuple[bytes, tuple[str, ...]]:
        """The file with its regions blanked, and what is to be said of that. Raises Rejected."""
        if self.pixels is None:
            return source, ()
        from obia.plugins.deid_ctp.outcome import Quarantined
        from obia.plugins.deid_ctp.pixels.redaction import redact

        outcome = redact(source, self.pixels.text, mode=self.plan.mode)
        if outcome.status == "QUARANTINE":
            raise Quarantined(outcome.reason)
        if outcome.status == "OK" and outcome.data is not None:
            return outcome.data, ("7fe00010: regions blanked", *outcome.notes)
        return source, (f"7fe00010: {outcome.reason}",)

    def _placed(self, job: Job, source: bytes, made: bytes, notes: tuple[str, ...], counts: Mapping[str, int]) -> Done:
        from obia.plugins.deid_ctp.evidence.records import describe

        described = describe(source, made)
        name = "/".join(self._part(described.uids.get(tag, ""), source, made, tag) for tag in _NAMING) + ".dcm"
        record = {
            "file": name,
            "intake": job.id,
            "script": self.plan.texts.script.sha256,
            "mode": self.plan.mode,
            "key": self.plan.key.id,
            "counts": counts,
            "notes": notes,
            **described.facts,
        }
        draft = secrets.token_hex(16)
        _write(self.drafts / draft, made)
        text = json.dumps(record, sort_keys=True, separators=(",", ":"))
        origin = hmac.digest(self.sources, source, "sha256")[:_SOURCE].hex()
        mapped = "" if self.cipher is None else self._mapped(job, source, made, origin)
        return Done(job, "OK", "", notes, counts, name, described.digest, draft, text, origin, mapped)

    def _mapped(self, job: Job, source: bytes, made: bytes, origin: str) -> str:
        from obia.plugins.deid_ctp.command.mappings import Mapped, identities

        assert self.cipher is not None
        return self.cipher.line(origin, Mapped(job.inside, job.id, identities(source), identities(made)))

    def _part(self, uid: str, source: bytes, made: bytes, tag: int) -> str:
        """A UID for a path: that of the output, unless it is an original's, or no UID; then one of ours."""
        is_uid = _UID.fullmatch(uid) is not None and len(uid) <= _MAX_UID
        if is_uid and uid.encode() not in source and _DEFLATED not in source[:1024]:
            return uid
        what = uid.encode("utf-8", "surrogatepass") if uid else made if tag == _NAMING[-1] else b""
        return f"2.25.{int.from_bytes(hmac.digest(self.naming, b'%08x' % tag + what, 'sha256')[:16], 'big')}"


def read_source(path: Path) -> bytes:
    """The bytes of a file. Raises Unreadable, for what is no file too: its reading might not end."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return stream.read()
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    raise Unreadable("it is no file, but a pipe, a socket or a device", Code.NOT_A_FILE)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
