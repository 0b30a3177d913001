"""The audit log: who changed, released or opened what; append only, each line sealed by the one before it.

OBIA_HOME/audit.jsonl holds one JSON object a line. No identity ever: a subject is an accession or an intake id.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from obia.schema.access import Viewer
from obia.schema.errors import Code, ObiaError
from obia.server.clock import now

_FIRST = "0" * 64
_TAIL = 64 << 10  # bytes: longer than any line


class Audit:
    """The audit log of one archive, safe between processes."""

    def __init__(self, home: Path) -> None:
        self.path = home / "audit.jsonl"

    def record(self, viewer: Viewer, action: str, subject: str, outcome: str = "ok") -> None:
        """Append one event, durable before it returns."""
        event = {"at": now(), "who": viewer.name, "role": viewer.role.value, "action": action}
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            previous, is_torn = _last(stream)
            line = json.dumps({**event, "subject": subject, "outcome": outcome, "previous": previous})
            stream.write((b"\n" if is_torn else b"") + line.encode() + b"\n")
            os.fsync(stream.fileno())


def verify(path: Path) -> int:
    """Count the events. Raises ObiaError CHECKSUM_MISMATCH, naming the first line that was changed, moved or removed.

    A line torn by a crash stands as it is; the next one seals it too.
    """
    previous, count = _FIRST, 0
    for number, line in enumerate(_lines(path), 1):
        try:
            sealed = json.loads(line)["previous"]
        except (ValueError, TypeError, KeyError):
            sealed = previous  # torn: only its bytes count
        else:
            count += 1
        if sealed != previous:
            raise ObiaError(
                f"line {number} of the audit log, or the one before it, was changed", Code.CHECKSUM_MISMATCH
            )
        previous = _seal(line)
    return count


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            for line in stream:
                yield line.rstrip(b"\n")
    except FileNotFoundError:
        return


def _last(stream: BinaryIO) -> tuple[str, bool]:
    """The seal of the last line, and whether a crash tore it."""
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, end - _TAIL))
    tail = stream.read()
    if not tail:
        return _FIRST, False
    return _seal(tail.rstrip(b"\n").rpartition(b"\n")[2]), not tail.endswith(b"\n")


def _seal(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
