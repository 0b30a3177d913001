"""One file of codes: a page that says what it holds and its SHA-256, then the UIDs, then the codes.

Written whole or not at all (tmp, fsync, rename); checked whole when opened, since a flipped bit would only be a
slightly wrong answer; then mapped, so that processes share its pages.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypedDict, overload

import numpy as np

_HEAD = 4096  # bytes
_WIDTH = 64  # bytes of a UID at most (PS3.5 section 9.1)
_CHUNK = 1 << 20


class Damaged(Exception):
    """Control flow: the file is not what its first page says, or not what was asked for."""


class _Head(TypedDict):
    identity: str
    generation: int
    count: int
    bytes: int


class Uids(Sequence[str]):
    """UIDs in a mapped file, each decoded when it is asked for."""

    def __init__(self, texts: np.ndarray) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return Uids(self._texts[index])
        return bytes(self._texts[index]).decode("ascii")


@dataclass(frozen=True, slots=True)
class CodeFile:
    """Codes (n, bytes), and the UID of each row."""

    uids: Sequence[str]
    codes: np.ndarray


class Draft:
    """A file of codes as it is written, page by page: the UIDs go to disk, the codes, an eighth of it, wait."""

    def __init__(self, stream: BinaryIO, identity: str, generation: int, length: int) -> None:
        self._stream = stream
        self._head: _Head = {"identity": identity, "generation": generation, "count": 0, "bytes": length}
        self._codes = bytearray()
        self._digest = hashlib.sha256()
        stream.write(bytes(_HEAD))

    def add(self, uids: Sequence[str], codes: Sequence[bytes]) -> None:
        """Add a page. Raises ValueError for a code of another length, or a UID longer than any is."""
        length = self._head["bytes"]
        if any(len(code) != length for code in codes) or any(len(uid) > _WIDTH for uid in uids):
            raise ValueError("a code or a UID of another length")
        self._write(np.array([uid.encode("ascii") for uid in uids], f"S{_WIDTH}").tobytes())
        self._codes += b"".join(codes)
        self._head["count"] += len(uids)

    def finish(self) -> None:
        """Write what waited, and the first page."""
        self._write(self._codes)
        self._stream.seek(0)
        sealed = {**self._head, "sha256": _seal(self._head, self._digest.digest())}
        self._stream.write(json.dumps(sealed).encode().ljust(_HEAD))
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _write(self, part: bytes | bytearray) -> None:
        self._digest.update(part)
        self._stream.write(part)


@contextmanager
def writing(path: Path, identity: str, generation: int, length: int) -> Iterator[Draft]:
    """A draft that becomes the file when all went well, and nothing when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.with_name(f".{os.getpid()}.{secrets.token_hex(8)}")
    try:
        with name.open("xb") as stream:
            draft = Draft(stream, identity, generation, length)
            yield draft
            draft.finish()
        name.rename(path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise


def read_codes(path: Path, identity: str, generation: int) -> CodeFile:
    """Map a file of codes. Raises FileNotFoundError, and Damaged for what is not whole or not the one asked for."""
    with path.open("rb") as stream:
        page = stream.read(_HEAD)
        digest = hashlib.sha256()
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    head = _head(page, digest.digest())
    if (head["identity"], head["generation"]) != (identity, generation):
        raise Damaged
    count, length = head["count"], head["bytes"]
    if not count:
        return CodeFile(Uids(np.empty(0, f"S{_WIDTH}")), np.empty((0, length), np.uint8))
    texts = np.memmap(path, f"S{_WIDTH}", "r", offset=_HEAD, shape=(count,))
    codes = np.memmap(path, np.uint8, "r", offset=_HEAD + count * _WIDTH, shape=(count, length))
    return CodeFile(Uids(texts), codes)


def _head(page: bytes, body: bytes) -> _Head:
    try:
        sealed = json.loads(page)
        head: _Head = {
            "identity": sealed["identity"],
            "generation": sealed["generation"],
            "count": sealed["count"],
            "bytes": sealed["bytes"],
        }
        if sealed["sha256"] != _seal(head, body):
            raise Damaged
    except (ValueError, TypeError, KeyError):
        raise Damaged from None
    return head


def _seal(head: _Head, body: bytes) -> str:
    return hashlib.sha256(json.dumps(head).encode() + body).hexdigest()
