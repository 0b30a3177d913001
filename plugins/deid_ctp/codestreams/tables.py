"""Tables of a JPEG frame: quantization and Huffman tables (ITU-T T.81 B.2.4), kept where a scan uses them."""

from collections.abc import Iterator
from dataclasses import dataclass

from obia.plugins.deid_ctp.codestreams.payload import damaged
from obia.plugins.deid_ctp.codestreams.splice import Range

DQT, DHT = 0xDB, 0xC4

Name = tuple[int, int, int]
"""Marker, class and destination: what a scan calls a table by. Quantization tables are of class 0."""


@dataclass(slots=True)
class Table:
    """One table, where it stands, and whether a scan uses it."""

    name: Name
    place: Range
    is_used: bool = False


def tables(marker: int, at: int, segment: bytes) -> list[Table]:
    """Take a segment that begins at `at` apart. Raises Rejected BAD_PIXELS for what is left over or no table."""
    read = _quantization if marker == DQT else _huffman
    found: list[Table] = []
    start = 0
    for kind, destination, end in read(segment):
        if end > len(segment) or destination > 3:
            raise damaged("a table of a JPEG frame is no table")
        found.append(Table((marker, kind, destination), Range(at + start, at + end)))
        start = end
    return found


def _quantization(segment: bytes) -> Iterator[tuple[int, int, int]]:
    at = 0
    while at < len(segment):
        precision, destination = segment[at] >> 4, segment[at] & 15
        if precision > 1:
            raise damaged("a table of a JPEG frame is no table")
        at += 1 + 64 * (precision + 1)
        yield 0, destination, at


def _huffman(segment: bytes) -> Iterator[tuple[int, int, int]]:
    at = 0
    while at < len(segment):
        kind, destination = segment[at] >> 4, segment[at] & 15
        counts = segment[at + 1 : at + 17]
        values = segment[at + 17 : at + 17 + sum(counts)]
        if kind > 1 or len(counts) < 16 or not _is_code(counts, values):
            raise damaged("a table of a JPEG frame is no table")
        at += 17 + sum(counts)
        yield kind, destination, at


def _is_code(counts: bytes, values: bytes) -> bool:
    """Whether the codes fit (no more than there are of a length) and no value has two: else it is not a code's list."""
    room = 1
    for count in counts:
        room = 2 * room - count
        if room < 0:
            return False
    return len(set(values)) == len(values)
