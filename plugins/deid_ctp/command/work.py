"""Work: what a worker does with one file, from its bytes to a draft that only waits for its name."""

import errno
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from obia import Code, ObiaError, Rejected
from obia.plugins.deid_ctp.command.plan import Plan, parse_lookup, parse_script
from obia.plugins.deid_ctp.outcome import Skipped, Unreadable

if TYPE_CHECKING:
    from pydicom import Dataset

    from obia import Pixels
    from obia.plugins.deid_ctp.evidence.records import Halves
    from obia.plugins.deid_ctp.fastpath.splicer import Spliced

State = Literal["OK", "SKIP", "QUARANTINE", "DUPLICATE", "CONFLICT", "CHANGED"]
_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_MAX_UID = 64
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_NAMING = (0x0020000D, 0x0020000E, 0x00080018)  # study, series, instance
_CHUNK = 1 << 18  # bytes that are held of the pixels
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
        from obia.plugins.deid_ctp.evidence.records import told
        from obia.plugins.deid_ctp.fastpath.splicer import Splicer
        from obia.plugins.deid_ctp.language.integer_table import IntegerTable

        self.plan, self.drafts = plan, drafts
        self.room = memoryview(bytearray(_CHUNK))  # for the pixels: to ask for memory anew costs more than to read
        texts = plan.texts
        self.script = parse_script(texts.script)
        self.lookup = None if texts.lookup is None else parse_lookup(texts.lookup, plan.mode)
        self.filter, self.pixels = texts.filter, texts.pixels
        self.script_digest = texts.script.sha256
        self.hashing, self.naming, self.sources = plan.key.hashing, plan.key.subkey("name"), plan.key.subkey("source")
        self.cipher = Cipher(plan.key) if maps else None
        self.integers = IntegerTable(integers, plan.key.subkey("integers")) if plan.numbers else None
        is_whole = self.filter is not None or self.pixels is not None or self.cipher is not None
        self.splicer = (
            None if is_whole or plan.mode == "strict" else Splicer(self.script, self.hashing, self.lookup, told)
        )

    def work(self, job: Job) -> Done:
        """Do one file. It raises nothing: bytes of anyone must not end the run."""
        from obia.plugins.deid_ctp.dicom.streams import whole

        try:
            with opened(job.path) as stream:
                return (self.splicer and self._spliced(job, stream)) or self._done(job, whole(stream))
        except Unreadable as unreadable:
            return Done(job, "QUARANTINE", unreadable.message)
        except OSError as error:
            if not self.drafts.is_dir():
                os._exit(1)  # the run is over, and another one has cleared its drafts away
            return Done(job, "QUARANTINE", trouble=error.errno or errno.EIO)
        except Skipped as skipped:
            return Done(job, "SKIP", skipped.message)
        except ObiaError as error:
            return Done(job, "QUARANTINE", error.message)
        except Exception as error:  # bytes of anyone
            return Done(job, "QUARANTINE", f"it cannot be processed ({type(error).__name__})")

    def _spliced(self, job: Job, stream: BinaryIO) -> Done | None:
        """Exchange the header's bytes, and pass the pixels on; None for a file that has to be read as a whole."""
        from obia.plugins.deid_ctp.fastpath.header_splitter import Unsplit
        from obia.plugins.deid_ctp.fastpath.result_cache import Unrecalled

        assert self.splicer is not None
        size = os.fstat(stream.fileno()).st_size
        try:
            spliced, begun = self.splicer.begin(stream, size, self.plan.now, self.integers)
        except (Unsplit, Unrecalled):
            stream.seek(0)
            return None
        frames, notes = None, spliced.notes
        if spliced.frames is not None:
            try:
                frames, notes = self._frames(spliced, spliced.frames, stream, size)
            except Rejected:
                stream.seek(0)
                return None
            stream.seek(len(begun))
        source, made, draft = self._passed_on(spliced, begun, stream, frames)
        if source.size != size:
            raise Unreadable("it changed while it was read")
        uids = {tag: spliced.text(tag) for tag in _NAMING}
        name = self._name(uids, begun[: spliced.pixels_at], made)
        counts = dict(Counter(spliced.letters))
        record = self._record(job, name, counts, notes, spliced.said, made)
        return self._drafted(job, name, record, notes, counts, source, made, draft)

    def _frames(
        self, spliced: "Spliced", described: "Dataset", stream: BinaryIO, size: int
    ) -> tuple["Pixels | None", tuple[str, ...]]:
        """Compressed pixels with what decoding needs and nothing else, or None where that is all they hold, and the
        notes. Raises Rejected."""
        from obia.plugins.deid_ctp.codestreams.frames import CLEANED, clean_frames

        frames = clean_frames(partial(_again, stream), spliced.pixels_at, size, described, spliced.syntax)
        return frames, spliced.notes if frames is None else spliced.noted(CLEANED)

    def _passed_on(
        self, spliced: "Spliced", begun: bytes, stream: BinaryIO, frames: "Pixels | None"
    ) -> tuple["Halves", "Halves", str]:
        """Write a draft of the new header and the pixels, the old ones or clean frames, some at a time; say what went in
        and out."""
        from obia.plugins.deid_ctp.evidence.records import Halves

        at, new = spliced.pixels_at, len(spliced.head)
        draft = secrets.token_hex(16)
        with (self.drafts / draft).open("xb", buffering=0) as target:
            _write_all(target, spliced.head)
            passed = None if frames else target
            size, pixels = made_size, made_pixels = self._through(stream, memoryview(begun)[at:], passed)
            if frames is not None:
                with frames.opener() as clean:
                    made_size, made_pixels = self._through(clean, memoryview(b""), target)
            os.fsync(target.fileno())
        before = Halves(at, at + size, hashlib.sha256(memoryview(begun)[:at]).digest(), pixels)
        return before, Halves(new, new + made_size, hashlib.sha256(spliced.head).digest(), made_pixels), draft

    def _through(self, stream: BinaryIO, begun: memoryview, target: BinaryIO | None) -> tuple[int, bytes]:
        """Read what has begun to its end, some at a time, and write it if asked; return its size and digest."""
        from obia.plugins.deid_ctp.dicom.streams import read_into

        digest, size, chunk = hashlib.sha256(), 0, begun or self.room[: read_into(stream, self.room)]
        while chunk:
            digest.update(chunk)
            size += len(chunk)
            if target is not None:
                _write_all(target, chunk)
            chunk = self.room[: read_into(stream, self.room)]
        return size, digest.digest()

    def _done(self, job: Job, source: bytes) -> Done:
        from obia.plugins.deid_ctp.anonymizing import anonymize
        from obia.plugins.deid_ctp.language.filters import matches

        if self.filter is not None and not matches(self.filter.text, source, mode=self.plan.mode):
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
        name = self._name(described.uids, source, described.after)
        record = self._record(job, name, counts, notes, described.said, described.after)
        draft = secrets.token_hex(16)
        _write(self.drafts / draft, made)
        done = self._drafted(job, name, record, notes, counts, described.before, described.after, draft)
        return done if self.cipher is None else replace(done, mapped=self._mapped(job, source, made, done.source))

    def _record(
        self,
        job: Job,
        name: str,
        counts: Mapping[str, int],
        notes: tuple[str, ...],
        said: tuple[str, ...],
        made: "Halves",
    ) -> str:
        from obia.plugins.deid_ctp.evidence.records import text

        record = {
            "file": name,
            "intake": job.id,
            "script": self.script_digest,
            "mode": self.plan.mode,
            "key": self.plan.key.id,
            "counts": counts,
            "notes": notes,
            **made.facts(),
        }
        return text(said, record)

    def _drafted(
        self, job: Job, name: str, record: str, notes: tuple[str, ...], counts: Mapping[str, int],
        source: "Halves", made: "Halves", draft: str,
    ) -> Done:  # fmt: skip
        origin = hmac.digest(self.sources, source.whole, "sha256")[:_SOURCE].hex()
        return Done(job, "OK", "", notes, counts, name, made.whole.hex(), draft, record, origin)

    def _name(self, uids: Mapping[int, str], source: bytes, made: "Halves") -> str:
        return "/".join([self._part(uids.get(tag, ""), source, made, tag) for tag in _NAMING]) + ".dcm"

    def _mapped(self, job: Job, source: bytes, made: bytes, origin: str) -> str:
        from obia.plugins.deid_ctp.command.mappings import Mapped, identities

        assert self.cipher is not None
        return self.cipher.line(origin, Mapped(job.inside, job.id, identities(source), identities(made)))

    def _part(self, uid: str, source: bytes, made: "Halves", tag: int) -> str:
        """A UID for a path: that of the output, unless it is an original's, or no UID; then one of ours."""
        is_uid = _UID.fullmatch(uid) is not None and len(uid) <= _MAX_UID
        if is_uid and uid.encode() not in source and _DEFLATED not in source[:1024]:
            return uid
        what = uid.encode("utf-8", "surrogatepass") if uid else made.whole if tag == _NAMING[-1] else b""
        return f"2.25.{int.from_bytes(hmac.digest(self.naming, b'%08x' % tag + what, 'sha256')[:16], 'big')}"


def opened(path: Path) -> BinaryIO:
    """Open a regular file. Raises Unreadable, for what is no file too: its reading might not end."""
    try:
        stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    stream.close()
    raise Unreadable("it is no file, but a pipe, a socket or a device", Code.NOT_A_FILE)


def _again(stream: BinaryIO) -> BinaryIO:
    """Open the very file of a stream once more; where one of the two has read, the other has to seek."""
    return os.fdopen(os.dup(stream.fileno()), "rb")


def read_source(path: Path) -> bytes:
    """The bytes of a file. Raises Unreadable."""
    from obia.plugins.deid_ctp.dicom.streams import whole

    with opened(path) as stream:
        return whole(stream)


def _write_all(target: BinaryIO, content: bytes | memoryview) -> None:
    view = memoryview(content)
    while view:
        view = view[target.write(view) :]


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
