"""A payload: the fragments of encapsulated pixels (PS3.5 A.4) as one run of bytes, read a little at a time."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import BinaryIO

from obia import Code, Rejected
from obia.plugins.deid_ctp.codestreams.splice import Range, Splice

_WINDOW = 64 << 10  # bytes searched at a time


class Payload:
    """Bytes from 0 to `size`, wherever in the file their fragments lie; empty fragments are none."""

    def __init__(self, stream: BinaryIO, fragments: Sequence[Range]) -> None:
        self._stream = stream
        self._fragments = [each for each in fragments if len(each)]
        self._ends = list(accumulate(map(len, self._fragments)))
        self.size = self._ends[-1] if self._ends else 0

    def read(self, at: int, length: int) -> bytes:
        """Some bytes; fewer at the end."""
        parts = []
        for place in self._places(at, at + length):
            self._stream.seek(place.start)
            parts.append(self._stream.read(len(place)))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def demand(self, at: int, length: int) -> bytes:
        """Just so many bytes. Raises Rejected BAD_PIXELS where there are fewer."""
        found = self.read(at, length)
        if len(found) < length:
            raise damaged("a frame ends too soon")
        return found

    def number(self, at: int, length: int = 2) -> int:
        """A big endian number. Raises Rejected BAD_PIXELS."""
        return int.from_bytes(self.demand(at, length))

    def keep(self, splice: Splice, start: int, end: int) -> None:
        """Add a run of bytes to a splice. Raises Rejected BAD_PIXELS where the payload ends before."""
        if end > self.size:
            raise damaged("a frame ends too soon")
        for place in self._places(start, end):
            splice.keep(place.start, place.end)

    def marks(self, pattern: re.Pattern[bytes], at: int) -> Iterator[tuple[int, int]]:
        """Where FF stands from `at` on, and the byte behind it, which the pattern looks ahead at.

        Raises Rejected BAD_PIXELS at the payload's end.
        """
        while window := self.read(at, _WINDOW):
            for found in pattern.finditer(window):
                yield at + found.start(), window[found.end()]
            at += len(window) - (len(window) > 1 and window[-1] == 0xFF)
        raise damaged("a frame has no end")

    def next_fragment(self, at: int) -> int:
        """Where the first fragment begins that begins at `at` or behind it."""
        return self._ends[index] if (index := bisect_left(self._ends, at)) < len(self._ends) else self.size

    def _places(self, start: int, end: int) -> Iterator[Range]:
        index = bisect_right(self._ends, start)
        while start < end and index < len(self._ends):
            fragment, stop = self._fragments[index], min(end, self._ends[index])
            shift = fragment.end - self._ends[index]
            yield Range(start + shift, stop + shift)
            start = stop
            index += 1


def damaged(what: str) -> Rejected:
    """The refusal of pixels that do not parse: they are never copied unread."""
    return Rejected(f"{what}; decompress the image, or export it again, and send that", Code.BAD_PIXELS)
