"""A splice: what a clean element is made of, ranges of the file kept and bytes put between them, read as one file."""

import io
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass(frozen=True, slots=True)
class Range:
    """Some bytes of the source file."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(slots=True)
class Splice:
    """Parts in order; neighbours that touch become one."""

    parts: list[Range | bytes] = field(default_factory=list)
    length: int = 0

    def keep(self, start: int, end: int) -> None:
        """Add a range of the source."""
        if start >= end:
            return
        self.length += end - start
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Range) and last.end == start:
            self.parts[-1] = Range(last.start, end)
        else:
            self.parts.append(Range(start, end))

    def put(self, content: bytes) -> None:
        """Add bytes of our own."""
        if not content:
            return
        self.length += len(content)
        last = self.parts[-1] if self.parts else None
        if isinstance(last, bytes):
            self.parts[-1] = last + content
        else:
            self.parts.append(content)

    def add(self, other: "Splice") -> None:
        """Add all of another splice."""
        for part in other.parts:
            if isinstance(part, Range):
                self.keep(part.start, part.end)
            else:
                self.put(part)

    def stands_at(self, stream: BinaryIO, start: int) -> bool:
        """Whether the source already reads so from `start` on: then nothing has to change."""
        at = start
        for part in self.parts:
            if isinstance(part, Range):
                is_same = part.start == at
            else:
                stream.seek(at)
                is_same = stream.read(len(part)) == part
            if not is_same:
                return False
            at += len(part)
        return True


class Spliced:
    """Opens a splice of a file as a read-only file of its own; nothing is held but the list of parts."""

    def __init__(self, opener: Callable[[], BinaryIO], parts: Iterable[Range | bytes]) -> None:
        self._opener = opener
        self._parts = tuple(parts)
        self._ends = tuple(accumulate(map(len, self._parts)))

    def open(self) -> BinaryIO:
        """Open it; closing it closes the source."""
        return io.BufferedReader(_Reader(self._opener(), self._parts, self._ends))


class _Reader(io.RawIOBase):
    def __init__(self, source: BinaryIO, parts: tuple[Range | bytes, ...], ends: tuple[int, ...]) -> None:
        super().__init__()
        self._source = source
        self._parts = parts
        self._ends = ends
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = self._ends[-1] if self._ends else 0
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: size}[whence]
        if at < 0:
            raise ValueError("a place before the beginning")
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read up to the end of the part that lies here; the buffer above asks again."""
        index = bisect_right(self._ends, self._at)
        if index == len(self._ends):
            return 0
        part, left = self._parts[index], self._ends[index] - self._at
        view = memoryview(buffer).cast("B")[:left]
        chunk = self._chunk(part, len(part) - left, len(view))
        view[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)

    def _chunk(self, part: Range | bytes, at: int, length: int) -> bytes:
        if isinstance(part, bytes):
            return part[at : at + length]
        self._source.seek(part.start + at)
        return self._source.read(length)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
