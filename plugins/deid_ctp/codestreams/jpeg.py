"""JPEG and JPEG-LS: of each frame its tables, its frame and scan headers and its entropy-coded data (T.81, T.87).

Comments, application segments, tables that no scan uses and what follows the end are left out.
Few application segments change how colours decode; they are written anew (`applications.py`).
"""

import re
from dataclasses import dataclass
from struct import pack

from obia import Layout
from obia.plugins.deid_ctp.codestreams.applications import LONGEST, of_jpeg, of_jpeg_ls
from obia.plugins.deid_ctp.codestreams.payload import Payload, damaged
from obia.plugins.deid_ctp.codestreams.scans import BASELINE, EXTENDED, JPEG_LS, LOSSLESS, Frame, Scan
from obia.plugins.deid_ctp.codestreams.splice import Range, Splice
from obia.plugins.deid_ctp.codestreams.tables import DHT, DQT, Name, Table, tables

_SOI, _DNL = b"\xff\xd8", b"\xff\xdc"
_EOI, _SOS, _DRI, _DAC, _COM, _LSE = 0xD9, 0xDA, 0xDD, 0xCC, 0xFE, 0xF8
_APPLICATION, _RESTART = range(0xE0, 0xF0), range(0xD0, 0xD8)
_LEFT_OUT = frozenset((_COM, _DAC))  # no frame we take is coded arithmetically
_MOST_FILL = 64  # bytes: some encoders fill before a marker
_PRESET = 13  # bytes behind the marker: preset coding parameters, T.87 C.2.4.1.1
# in entropy-coded data a marker is what cannot be data: T.81 stuffs a zero byte behind FF, T.87 a zero bit
_MARK, _MARK_LS = re.compile(rb"\xff(?=[^\0])"), re.compile(rb"\xff(?=[\x80-\xff])")


def jpeg(payload: Payload, at: int, _: Layout) -> tuple[Splice, int]:
    """Clean the JPEG frame that begins at `at`; return it and where it ended. Raises Rejected BAD_PIXELS."""
    return _Walk(payload, at, (BASELINE, EXTENDED, LOSSLESS)).clean()


def jpeg_ls(payload: Payload, at: int, _: Layout) -> tuple[Splice, int]:
    """Clean the JPEG-LS frame that begins at `at`; return it and where it ended. Raises Rejected BAD_PIXELS."""
    return _Walk(payload, at, (JPEG_LS,)).clean()


class _Walk:
    """One walk from SOI to EOI; what it meets is put down in order, tables by whether a scan will use them."""

    def __init__(self, payload: Payload, at: int, kinds: tuple[int, ...]) -> None:
        self._payload = payload
        self._at = at
        self._kinds = kinds
        self._is_ls = kinds == (JPEG_LS,)
        self._met: list[Range | bytes | _Tables] = []
        self._tables: dict[Name, Table] = {}
        self._frame: Frame | None = None
        self._coded: list[int] = []
        self._interval = 0  # of restarts; 0 is none

    def clean(self) -> tuple[Splice, int]:
        """Walk to the end."""
        if self._payload.read(self._at, 2) != _SOI:
            raise damaged("a frame does not begin as its transfer syntax says")
        self._keep(self._at + 2)
        while (marker := self._marker()) != _EOI:
            self._segment(marker)
        if self._frame is None or len(self._coded) < len(self._frame.components):
            raise damaged("a frame lacks a scan")
        self._keep(self._at + 2)
        return self._splice(), self._at

    def _keep(self, end: int) -> None:
        self._met.append(Range(self._at, end))
        self._at = end

    def _marker(self) -> int:
        """The marker that stands here, fill bytes skipped (T.81 B.1.1.2)."""
        start = self._payload.read(self._at, _MOST_FILL)
        behind = start.lstrip(b"\xff")
        if not behind or len(behind) == len(start):
            raise damaged("something else stands in a frame where a marker should")
        self._at += len(start) - len(behind) - 1
        return behind[0]

    def _segment(self, marker: int) -> None:
        length = self._payload.number(self._at + 2)
        end = self._at + 2 + length
        if length < 2 or end > self._payload.size:
            raise damaged("a marker segment is cut")
        if marker in _APPLICATION:
            start = self._payload.read(self._at + 4, min(length - 2, LONGEST))
            self._met.append((of_jpeg_ls if self._is_ls else of_jpeg)(marker, start))
            self._at = end
        elif marker in _LEFT_OUT:
            self._at = end
        else:
            self._needed(marker, self._payload.demand(self._at + 4, length - 2), end)

    def _needed(self, marker: int, segment: bytes, end: int) -> None:
        """Put down a segment that decoding needs, held to its length. Raises Rejected BAD_PIXELS for any other."""
        if marker in (DQT, DHT) and not self._is_ls:
            found = tables(marker, self._at + 4, segment)
            self._tables |= {each.name: each for each in found}
            self._met.append(_Tables(marker, Range(self._at, end), found))
            self._at = end
            return
        self._keep(end)
        if marker in self._kinds and self._frame is None:
            self._frame = Frame.of(marker, segment)
        elif marker == _SOS and self._frame is not None:
            self._scan(self._frame, Scan.of(self._frame, segment))
        elif marker == _DRI and len(segment) == 2 and not self._interval:
            self._interval = int.from_bytes(segment)
        elif not (self._is_ls and marker == _LSE and len(segment) == _PRESET - 2 and segment[0] == 1):
            raise damaged("a frame holds a marker segment that decoding does not need")

    def _scan(self, frame: Frame, scan: Scan) -> None:
        """Mark the tables a scan uses and find where its entropy-coded data end."""
        self._coded += scan.components
        if len(set(self._coded)) < len(self._coded) or not scan.tables <= self._tables.keys():
            raise damaged("a frame codes a component twice or lacks a table")
        for name in scan.tables:
            self._tables[name].is_used = True
        self._keep(self._entropy_end(frame.intervals(scan, self._interval) if self._interval else 1))
        if self._payload.read(self._at, 2) == _DNL and not frame.rows and self._payload.number(self._at + 2) == 4:
            self._keep(self._at + 6)  # the number of lines, behind the first scan (T.81 B.2.5)

    def _entropy_end(self, intervals: int) -> int:
        restarts = 0
        for at, marker in self._payload.marks(_MARK_LS if self._is_ls else _MARK, self._at):
            if marker in _RESTART:
                restarts += 1
                if marker != _RESTART[(restarts - 1) % 8] or restarts >= intervals:
                    raise damaged("a scan restarts where it should not")
            elif marker != 0xFF:  # fill
                return at
        raise damaged("a frame has no end")

    def _splice(self) -> Splice:
        splice = Splice()
        for each in self._met:
            if isinstance(each, bytes):
                splice.put(each)
            elif isinstance(each, Range):
                self._payload.keep(splice, each.start, each.end)
            else:
                each.add_to(splice, self._payload)
        return splice


@dataclass(frozen=True, slots=True)
class _Tables:
    """A segment of tables, where it stands."""

    marker: int
    place: Range
    tables: list[Table]

    def add_to(self, splice: Splice, payload: Payload) -> None:
        """Keep those that are used, the whole segment where all are."""
        used = [each.place for each in self.tables if each.is_used]
        if len(used) == len(self.tables):
            payload.keep(splice, self.place.start, self.place.end)
        elif used:
            splice.put(pack(">BBH", 0xFF, self.marker, 2 + sum(map(len, used))))
            for place in used:
                payload.keep(splice, place.start, place.end)
