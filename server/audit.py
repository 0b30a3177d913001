"""The audit log: who changed, released or opened what; append only, each line sealed by the one before it.

OBIA_HOME/audit.jsonl holds one JSON object a line, audit.head beside it how long the log is and the seal of its last
line, so that an end that was changed or cut off shows too. Who writes both can forge both: a copy of the head, kept
elsewhere, shows that as well. No identity ever: a subject is made of accessions, intake ids and UIDs of ours.

A change has two lines: its intent, durable before anything changes, and its outcome. The head also names the intents
that have no outcome yet and where their lines begin, so that finding them does not take a walk through the log.
"""

import fcntl
import hashlib
import io
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from obia.schema.access import Viewer
from obia.schema.errors import Code, ObiaError
from obia.server.clock import now
from obia.server.process import this_process

_SUBJECT = re.compile(r"[A-Za-z0-9._@/ -]*")  # also the names of tokens
_FIRST = "0" * 64
INTENDED = "intended"
"""The outcome of a line that announces a change."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A change that was announced: its random id, who wants what of which subject, and the process that makes it."""

    change: str
    at: str
    who: str
    role: str
    action: str
    subject: str
    owner: str


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a log ends: its bytes, its lines, the seal of the last one; `is_torn` where that has no end.

    `open` holds the changes without an outcome, and the byte at which the line of each begins.
    """

    size: int = 0
    lines: int = 0
    seal: str = _FIRST
    is_torn: bool = False
    open: tuple[tuple[str, int], ...] = ()

    def after(self, line: bytes) -> "_Head":
        """The head once this line is written; a line without its newline is torn."""
        whole = line.removesuffix(b"\n")
        return _Head(
            self.size + len(line), self.lines + 1, _seal(whole), whole == line, _opened(self.open, whole, self.size)
        )


class Audit:
    """The audit log of one archive, safe between processes.

    What cannot be recorded raises ObiaError AUDIT_UNWRITABLE, and its caller does not do it.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / "audit.jsonl"

    def record(self, viewer: Viewer, action: str, subject: str, outcome: str = "ok") -> None:
        """Append one event, durable before it returns. Raises ValueError for a subject that cannot be one of ours."""
        self._append({**_event(viewer.name, viewer.role.value, action, subject), "outcome": outcome})

    def intend(self, viewer: Viewer, action: str, subject: str) -> Intent:
        """Announce a change, durable before it returns. Raises ValueError as `record` does."""
        event = _event(viewer.name, viewer.role.value, action, subject)
        more = {"change": secrets.token_hex(10), "owner": this_process()}
        self._append({**event, "outcome": INTENDED, **more})
        return Intent(**event, **more)

    def conclude(self, intent: Intent, outcome: str) -> None:
        """Append the outcome of a change, unless it has one already."""
        event = _event(intent.who, intent.role, intent.action, intent.subject)
        self._append({**event, "outcome": outcome, "change": intent.change}, closes=intent.change)

    def unfinished(self) -> list[Intent]:
        """The intents without an outcome, oldest first, those of living processes too."""
        try:
            with self.path.open("rb", buffering=0) as stream:
                fcntl.flock(stream, fcntl.LOCK_SH)
                places = _end(stream, _known(self.path)).open
                return [_intent(_line_at(stream, place)) for _, place in places]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unwritable(error) from None

    def name(self) -> str:
        """What tells this log from that of another host: the seal of its first line."""
        return _seal(next(_lines(self.path), b""))

    def _append(self, event: dict[str, str], closes: str | None = None) -> None:
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                head = _end(stream, _known(self.path))
                if closes is None or closes in dict(head.open):
                    written = _written(stream, head, {**event, "previous": head.seal})
                    if not head.size:
                        _fsync_folder(self.path.parent)
                    _keep(self.path, written)
        except OSError as error:
            raise _unwritable(error) from None


def _event(who: str, role: str, action: str, subject: str) -> dict[str, str]:
    if not _SUBJECT.fullmatch(subject):
        raise ValueError("a subject is made of accessions, intake ids and UIDs")
    return {"at": now(), "who": who, "role": role, "action": action, "subject": subject}


def _written(stream: BinaryIO, head: _Head, event: dict[str, str]) -> _Head:
    """Append a line behind the head, durable, and return the new head."""
    line = json.dumps(event).encode() + b"\n"
    begun = b"\n" if head.is_torn else b""
    rest = memoryview(begun + line)
    while rest:  # a disk that fills up takes a part of it
        rest = rest[stream.write(rest) :]
    os.fsync(stream.fileno())
    return _Head(head.size + len(begun), head.lines, head.seal, open=head.open).after(line)


def _fsync_folder(folder: Path) -> None:
    """Make a file that was just made survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(known: tuple[tuple[str, int], ...], line: bytes, place: int) -> tuple[tuple[str, int], ...]:
    """Which changes have no outcome once this line, which begins at a place, is read."""
    if b'"change"' not in line or (change := _parsed(line).get("change")) is None:
        return known
    if _parsed(line)["outcome"] == INTENDED:
        return (*known, (change, place))
    return tuple(each for each in known if each[0] != change)


def _parsed(line: bytes) -> dict[str, Any]:
    """The event of a line; an empty one where it was torn."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _intent(line: bytes) -> Intent:
    try:
        return Intent(**{each.name: _parsed(line)[each.name] for each in fields(Intent)})
    except KeyError:
        raise _broken("a line of the audit log that announces a change was changed, or audit.head") from None


def _line_at(stream: BinaryIO, place: int) -> bytes:
    stream.seek(place)
    return stream.readline()


def unfinished(path: Path) -> list[Intent]:
    """The intents without an outcome, from the log itself: what a changed head leaves out shows here."""
    found: dict[str, Intent] = {}
    for line in _lines(path):
        event = _parsed(line) if b'"change"' in line else {}
        if event.get("outcome") == INTENDED:
            found[event["change"]] = _intent(line)
        else:
            found.pop(event.get("change", ""), None)
    return list(found.values())


def verify(path: Path) -> int:
    """Count the events. Raises ObiaError CHECKSUM_MISMATCH, naming the first line that was changed, moved or removed.

    A line torn by a crash stands as it is; the next one seals it too.
    """
    head, previous, count, number = _known(path), _FIRST, 0, 0
    for number, line in enumerate(_lines(path), 1):
        try:
            sealed = json.loads(line)["previous"]
        except (ValueError, TypeError, KeyError):
            sealed = previous  # torn: only its bytes count
        else:
            count += 1
        if sealed != previous:
            raise _broken(f"line {number} of the audit log, or the one before it, was changed")
        previous = _seal(line)
        if number == head.lines and previous != head.seal:
            raise _broken(f"line {number} of the audit log was changed")
    if number < head.lines:
        raise _broken(f"the audit log has {number} lines and had {head.lines}: its end was cut off")
    return count


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            for line in stream:
                yield line.removesuffix(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unwritable(error) from None


def _end(stream: BinaryIO, head: _Head) -> _Head:
    """Where the log ends: a process that was killed may have left lines, or part of one, that the head does not know."""
    stream.seek(head.size)
    for line in io.BytesIO(stream.read()):
        head = head.after(line)
    return head


def _known(path: Path) -> _Head:
    """The head that was kept last; that of an empty log where there is none."""
    try:
        size, lines, seal, *opened = path.with_suffix(".head").read_text("ascii").split()
        places = (each.split("@") for each in opened)
        return _Head(int(size), int(lines), seal, open=tuple((change, int(place)) for change, place in places))
    except FileNotFoundError:
        return _Head()
    except ValueError:
        raise _broken("audit.head was changed") from None


def _keep(path: Path, head: _Head) -> None:
    draft = path.with_suffix(".draft")
    words = [str(head.size), str(head.lines), head.seal, *(f"{change}@{place}" for change, place in head.open)]
    with draft.open("w", encoding="ascii") as stream:
        stream.write(" ".join(words) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(path.with_suffix(".head"))


def _seal(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _broken(message: str) -> ObiaError:
    return ObiaError(message, Code.CHECKSUM_MISMATCH)


def _unwritable(error: OSError) -> ObiaError:
    reason = error.strerror or type(error).__name__
    return ObiaError(
        f"the audit log (audit.jsonl in OBIA_HOME) cannot be written: {reason}; what cannot be recorded is not done",
        Code.AUDIT_UNWRITABLE,
    )
