"""A source: the bytes of one regular file, fetched as they are needed, never more than a limit."""

import errno
import io
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from obia.schema.errors import Code, Rejected

_FIRST = 32 << 10  # bytes: most headers are smaller, and one read is cheaper than two
_CHUNK = 256 << 10
_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: bytes of header, bytes of inflated data, levels of nested sequences."""

    header: int = 64 << 20  # per-frame functional groups of a whole-slide image reach tens of MiB
    inflated: int = 64 << 20
    depth: int = 64  # content trees of structured reports reach about 20
    elements: int = 200_000  # with items; each costs half a KiB and more once it is read, 10,000 frames have 150,000
    fragments: int = 300_000  # of pixels; whole-slide images have some 100,000


class Source:
    """Bytes from 0 to `size`: a growing head for parsing, and peeks at places beyond it."""

    def __init__(self, descriptor: int, size: int, limit: int) -> None:
        self._descriptor = descriptor
        self.size = size
        self._limit = limit
        self._head = os.pread(descriptor, _FIRST, 0)

    def head(self, end: int) -> bytes:
        """The bytes from 0 to at least `end`. Raises Rejected before anything is allocated for a false length."""
        if end > len(self._head):
            self._grow(end)
        return self._head

    def peek(self, at: int, length: int) -> bytes:
        """Some bytes, anywhere; fewer at the end."""
        if at + length <= len(self._head):
            return self._head[at : at + length]
        return os.pread(self._descriptor, length, at)

    def _grow(self, end: int) -> None:
        if end > self.size:
            raise Rejected("the file ends inside an element; send the whole file", Code.TRUNCATED)
        if end > self._limit:
            raise Rejected(f"its header is longer than {self._limit} bytes", Code.TOO_LARGE)
        wanted = min(max(end, 2 * len(self._head)), self.size)
        parts = [self._head]
        have = len(self._head)
        while have < wanted and (part := os.pread(self._descriptor, wanted - have, have)):
            parts.append(part)
            have += len(part)
        if have < end:
            raise Rejected("the file became shorter while it was read", Code.TRUNCATED)
        self._head = b"".join(parts)


class InMemory(Source):
    """A source of bytes that are in memory already."""

    def __init__(self, content: bytes) -> None:
        self._head = content
        self.size = len(content)

    def _grow(self, end: int) -> None:
        raise Rejected("the file ends inside an element; send the whole file", Code.TRUNCATED)

    def peek(self, at: int, length: int) -> bytes:
        """Some bytes; fewer at the end."""
        return self._head[at : at + length]


@dataclass(frozen=True, slots=True)
class Place:
    """A regular file as it was when first opened: it opens again only while it is the same."""

    path: Path
    device: int
    inode: int
    size: int
    changed: int

    @classmethod
    def find(cls, path: Path) -> Self:
        """Look at a path without opening it. Raises Rejected for what is not a regular file, OSError."""
        try:
            return cls._of(path, path.stat())
        except OSError as error:
            if error.errno in _NOWHERE and path.is_symlink():
                raise Rejected("it is a link that leads nowhere", Code.NOT_A_FILE) from None
            raise

    @classmethod
    def _of(cls, path: Path, status: os.stat_result) -> Self:
        if stat.S_ISDIR(status.st_mode):
            raise Rejected("it is a folder that cannot be listed", Code.UNREADABLE)
        if not stat.S_ISREG(status.st_mode):
            raise Rejected("it is a pipe, a socket or a device", Code.NOT_A_FILE)
        return cls(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def open(self) -> BinaryIO:
        """Open the file; neither a pipe nor a terminal that took its place can hold us up."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            if self._of(self.path, os.fstat(descriptor)) != self:
                raise Rejected("the file changed while it was read; ingest it again", Code.UNREADABLE)
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise


@dataclass(frozen=True, slots=True)
class Deflated:
    """The deflated data set of a file (PS3.5 A.5): opens as what it inflates to."""

    place: Place
    offset: int
    limit: int

    def open(self) -> BinaryIO:
        """Inflate into memory, up to the limit."""
        with self.place.open() as stream:
            stream.seek(self.offset)
            return io.BytesIO(inflate(stream, self.limit))


def inflate(stream: BinaryIO, limit: int) -> bytes:
    """Inflate what is left of a stream. Raises Rejected: a bomb costs no more than the limit."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    parts, size = [], 0
    while not engine.eof:
        chunk = engine.unconsumed_tail or stream.read(_CHUNK)
        if not chunk:
            raise Rejected("its deflated data set is cut; send the whole file", Code.TRUNCATED)
        try:
            part = engine.decompress(chunk, _CHUNK)
        except zlib.error:
            raise Rejected("its deflated data set cannot be inflated", Code.UNREADABLE) from None
        size += len(part)
        if size > limit:
            raise Rejected(f"its data set inflates to more than {limit} bytes", Code.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def chunks(stream: BinaryIO, length: int) -> Iterator[memoryview]:
    """The next bytes of a stream, some at a time in one place: each is gone with the next. Fewer at the end.

    Memory that is asked for anew costs more than the bytes that are read into it.
    """
    room = memoryview(bytearray(min(_CHUNK, length)))
    while length and (count := stream.readinto(room[:length])):  # type: ignore[attr-defined]
        length -= count
        yield room[:count]
