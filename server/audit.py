"""The audit log: who changed, released or opened what; append only, each line sealed by the one before it.

OBIA_HOME/audit.jsonl holds one JSON object a line, audit.head beside it how long the log is and the seal of its last
line, so that an end that was changed or cut off shows too. Who writes both can forge both: a copy of the head, kept
elsewhere, shows that as well. No identity ever: a subject is made of accessions, intake ids and UIDs of ours.
"""

import fcntl
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from obia.schema.access import Viewer
from obia.schema.errors import Code, ObiaError
from obia.server.clock import now

_SUBJECT = re.compile(r"[A-Za-z0-9._@/ -]*")  # also the names of tokens
_FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a log ends: its bytes, its lines, the seal of the last one; `is_torn` where that has no end."""

    size: int = 0
    lines: int = 0
    seal: str = _FIRST
    is_torn: bool = False


class Audit:
    """The audit log of one archive, safe between processes."""

    def __init__(self, home: Path) -> None:
        self.path = home / "audit.jsonl"

    def record(self, viewer: Viewer, action: str, subject: str, outcome: str = "ok") -> None:
        """Append one event, durable before it returns. Raises ValueError for a subject that cannot be one of ours."""
        if not _SUBJECT.fullmatch(subject):
            raise ValueError("a subject is made of accessions, intake ids and UIDs")
        event = {"at": now(), "who": viewer.name, "role": viewer.role.value, "action": action}
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            head = _end(stream, _known(self.path))
            line = json.dumps({**event, "subject": subject, "outcome": outcome, "previous": head.seal}).encode()
            written = (b"\n" if head.is_torn else b"") + line + b"\n"
            stream.write(written)
            os.fsync(stream.fileno())
            _keep(self.path, _Head(head.size + len(written), head.lines + 1, _seal(line)))


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


def _end(stream: BinaryIO, head: _Head) -> _Head:
    """Where the log ends: a process that was killed may have left lines, or part of one, that the head does not know."""
    stream.seek(head.size)
    for line in io.BytesIO(stream.read()):
        whole = line.removesuffix(b"\n")
        head = _Head(head.size + len(line), head.lines + 1, _seal(whole), is_torn=whole == line)
    return head


def _known(path: Path) -> _Head:
    """The head that was kept last; that of an empty log where there is none."""
    try:
        size, lines, seal = path.with_suffix(".head").read_text("ascii").split()
        return _Head(int(size), int(lines), seal)
    except FileNotFoundError:
        return _Head()
    except ValueError:
        raise _broken("audit.head was changed") from None


def _keep(path: Path, head: _Head) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="ascii") as stream:
        stream.write(f"{head.size} {head.lines} {head.seal}\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(path.with_suffix(".head"))


def _seal(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _broken(message: str) -> ObiaError:
    return ObiaError(message, Code.CHECKSUM_MISMATCH)
