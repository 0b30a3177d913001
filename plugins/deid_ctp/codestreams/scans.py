"""Frames and scans of a JPEG stream (ITU-T T.81 B.2.2 and B.2.3): what their headers say, held to their lengths."""

from dataclasses import dataclass

from obia.plugins.deid_ctp.codestreams.payload import damaged
from obia.plugins.deid_ctp.codestreams.tables import DHT, DQT, Name

BASELINE, EXTENDED, LOSSLESS, JPEG_LS = 0xC0, 0xC1, 0xC3, 0xF7
_MOST_ROWS = 65535  # where a number of lines comes behind the first scan


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a frame: how it is sampled, and by which table quantized."""

    across: int
    down: int
    quantization: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame header."""

    kind: int
    rows: int
    columns: int
    components: dict[int, Component]

    @classmethod
    def of(cls, kind: int, segment: bytes) -> "Frame":
        """Read the segment behind its length. Raises Rejected BAD_PIXELS."""
        count = segment[5] if len(segment) > 5 else 0
        if not 1 <= count <= 4 or len(segment) != 6 + 3 * count:
            raise damaged("a frame header is damaged")
        components = {}
        for at in range(6, len(segment), 3):
            own = Component(segment[at + 1] >> 4, segment[at + 1] & 15, segment[at + 2])
            if not (1 <= own.across <= 4 and 1 <= own.down <= 4) or own.quantization > 3:
                raise damaged("a frame header is damaged")
            components[segment[at]] = own
        if len(components) != count:
            raise damaged("a frame header is damaged")
        return cls(kind, int.from_bytes(segment[1:3]), int.from_bytes(segment[3:5]), components)

    def intervals(self, scanned: "Scan", length: int) -> int:
        """How many restart intervals of a length a scan has at most."""
        if self.kind == JPEG_LS:
            return self.rows * self.columns  # an interval is of samples or lines, as they are interleaved
        side = 1 if self.kind == LOSSLESS else 8
        rows, most = self.rows or _MOST_ROWS, self.components.values()
        across, down = max(each.across for each in most), max(each.down for each in most)
        if len(scanned.components) > 1:
            units = _up(self.columns, side * across) * _up(rows, side * down)
        else:
            own = self.components[scanned.components[0]]
            units = _up(_up(self.columns * own.across, across), side) * _up(_up(rows * own.down, down), side)
        return _up(units, length)


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan header: its components, and the tables they name."""

    components: tuple[int, ...]
    tables: frozenset[Name]

    @classmethod
    def of(cls, frame: Frame, segment: bytes) -> "Scan":
        """Read the segment behind its length. Raises Rejected BAD_PIXELS."""
        count = segment[0] if segment else 0
        if not 1 <= count <= 4 or len(segment) != 4 + 2 * count:
            raise damaged("a scan header is damaged")
        pairs = [(segment[at], segment[at + 1]) for at in range(1, 1 + 2 * count, 2)]
        if any(component not in frame.components for component, _ in pairs):
            raise damaged("a scan header is damaged")
        named = frozenset(name for component, byte in pairs for name in _names(frame, component, byte))
        return cls(tuple(component for component, _ in pairs), named)


def _names(frame: Frame, component: int, byte: int) -> tuple[Name, ...]:
    if frame.kind == JPEG_LS:
        if byte:
            raise damaged("a JPEG-LS frame maps its samples by a table")
        return ()
    if frame.kind == LOSSLESS:
        return ((DHT, 0, byte >> 4),)
    return (DQT, 0, frame.components[component].quantization), (DHT, 0, byte >> 4), (DHT, 1, byte & 15)


def _up(number: int, by: int) -> int:
    return -(-number // by)
