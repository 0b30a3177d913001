"""Integers: numbers in the place of values, by first appearance; kept in a file that holds no value itself."""

import fcntl
import hashlib
import hmac
import os
from pathlib import Path
from threading import Lock
from typing import BinaryIO

_DIGEST = 16  # bytes: no two values of one archive meet


class IntegerTable:
    """Gives the values of each kind the numbers 1, 2, 3 and so on, in the order in which they first appear.

    With a path it outlives the process and is shared between processes; the file holds keyed digests alone.
    """

    def __init__(self, path: Path | None = None, key: bytes = b"") -> None:
        self._path = path
        self._key = key
        self._numbers: dict[bytes, int] = {}
        self._counts: dict[bytes, int] = {}
        self._read = 0
        self._lock = Lock()

    def number(self, kind: str, text: str) -> int:
        """The number of a value among those of its kind."""
        digest = self._digest(kind, "kind") + self._digest(f"{kind}\0{text}", "value")
        with self._lock:
            if digest not in self._numbers:
                self._add(digest)
            return self._numbers[digest]

    def _digest(self, text: str, label: str) -> bytes:
        message = f"{label}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).digest()[:_DIGEST]

    def _add(self, digest: bytes) -> None:
        if self._path is None:
            self._note(digest)
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._catch_up(file)
            if digest not in self._numbers:
                file.seek(self._read)  # over what a killed process left unfinished
                file.write(digest)
                file.flush()
                os.fsync(file.fileno())
                self._read += len(digest)
                self._note(digest)

    def _catch_up(self, file: BinaryIO) -> None:
        """Read what other processes have added."""
        file.seek(self._read)
        added = file.read()
        whole = len(added) - len(added) % (2 * _DIGEST)
        for at in range(0, whole, 2 * _DIGEST):
            self._note(added[at : at + 2 * _DIGEST])
        self._read += whole

    def _note(self, digest: bytes) -> None:
        kind = digest[:_DIGEST]
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._numbers[digest] = self._counts[kind]
