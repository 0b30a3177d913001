"""JPEG headers: what the marker segments before a scan say, and which blocks of each component lie under a region."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from obia.plugins.deid_ctp.pixels.huffman import BadJpeg, Codes

Rectangle = tuple[int, int, int, int]
SOS = 0xDA

_DHT, _SOI, _EOI, _DQT, _DRI = 0xC4, 0xD8, 0xD9, 0xDB, 0xDD
_FRAMES = frozenset((0xC0, 0xC1))
_OTHER_FRAMES = frozenset((*range(0xC2, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}
_MAX_UNITS = 1 << 24


@dataclass(slots=True, eq=False)
class Component:
    """A colour component: its sampling, its tables and the blocks of it that are emptied."""

    horizontal: int
    vertical: int
    quantization: int
    blocks_across: int = 0
    blocks_down: int = 0
    emptied: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), bool))


@dataclass(slots=True)
class Stream:
    """What the markers before a scan have said."""

    dc: dict[int, Codes] = field(default_factory=dict)
    ac: dict[int, Codes] = field(default_factory=dict)
    dc_written: dict[int, Codes] = field(default_factory=dict)  # where a decoder now has another table than was read
    steps: dict[int, int] = field(default_factory=dict)
    components: dict[int, Component] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    bits: int = 8
    restart: int = 0
    transform: int | None = None
    is_jfif: bool = False


def markers(stream: bytes | memoryview) -> Iterator[tuple[int, int, int]]:
    """Yield each marker segment before the end of image: marker, begin and end; scans' data is stepped over."""
    if bytes(stream[:2]) != b"\xff\xd8":
        raise BadJpeg("it does not begin as JPEG does")
    at = 2
    while True:
        while bytes(stream[at : at + 2]) == b"\xff\xff":
            at += 1
        if at + 2 > len(stream) or stream[at] != 0xFF:
            raise BadJpeg("it ends or breaks off between its segments")
        marker = stream[at + 1]
        if marker == _EOI:
            return
        if marker in (0, 1, _SOI) or 0xD0 <= marker <= 0xD7:
            raise BadJpeg("a marker stands where none can")
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4])
        if end > len(stream) or end < at + 4:
            raise BadJpeg("a segment ends behind the stream's end")
        yield marker, at, end
        at = scan_end(stream, end) if marker == SOS else end


def scan_end(stream: bytes | memoryview, at: int) -> int:
    """Where entropy-coded data ends: at the next marker that is neither stuffing nor a restart."""
    data = stream if isinstance(stream, bytes) else bytes(stream)
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise BadJpeg("it has no end")
        follower = data[at + 1]
        if follower == 0xFF:
            at += 1
        elif follower == 0 or 0xD0 <= follower <= 0xD7:
            at += 2
        else:
            return at


def note(found: Stream, marker: int, segment: bytes, rectangles: Sequence[Rectangle]) -> None:
    """Take in what one segment says; the frame header's also says which blocks the rectangles touch. Raises BadJpeg."""
    try:
        if marker == _DHT:
            _note_codes(found, segment)
        elif marker == _DQT:
            _note_steps(found, segment)
        elif marker == _DRI:
            [found.restart] = struct.unpack(">H", segment)
        elif marker == 0xE0 and segment[:5] == b"JFIF\0":
            found.is_jfif = True
        elif marker == 0xEE and segment[:5] == b"Adobe" and len(segment) > 11:
            found.transform = segment[11]
        elif marker in _FRAMES:
            _note_frame(found, segment, rectangles)
    except (struct.error, IndexError):
        raise BadJpeg("a segment is too short") from None
    if marker in _OTHER_FRAMES:
        raise BadJpeg("it is no sequential Huffman-coded JPEG")


def _note_codes(found: Stream, segment: bytes) -> None:
    at = 0
    while at < len(segment):
        counts = segment[at + 1 : at + 17]
        end = at + 17 + sum(counts)
        if end > len(segment):
            raise BadJpeg("a Huffman table is cut off")
        tables = found.ac if segment[at] >> 4 else found.dc
        tables[segment[at] & 15] = Codes.read(counts, segment[at + 17 : end])
        if tables is found.dc:
            found.dc_written.pop(segment[at] & 15, None)
        at = end


def _note_steps(found: Stream, segment: bytes) -> None:
    """Keep of each quantization table the first step alone: the DC's."""
    at = 0
    while at < len(segment):
        is_wide = segment[at] >> 4
        found.steps[segment[at] & 15] = int.from_bytes(segment[at + 1 : at + 2 + (1 if is_wide else 0)])
        at += 129 if is_wide else 65


def _note_frame(found: Stream, segment: bytes, rectangles: Sequence[Rectangle]) -> None:
    found.bits, found.rows, found.columns, count = struct.unpack_from(">BHHB", segment)
    if found.components or not found.rows or not found.columns or not 1 <= count <= 4 or found.bits not in (8, 12):
        raise BadJpeg("its frame header says no picture, or several")
    for at in range(6, 6 + 3 * count, 3):
        sampling = segment[at + 1]
        found.components[segment[at]] = Component(sampling >> 4, sampling & 15, segment[at + 2])
    if len(found.components) != count:
        raise BadJpeg("two of its components have one name")
    for each in found.components.values():
        if not 1 <= each.horizontal <= 4 or not 1 <= each.vertical <= 4:
            raise BadJpeg("its components are sampled as none can be")
    _lay_out(found, rectangles)


def _lay_out(found: Stream, rectangles: Sequence[Rectangle]) -> None:
    across = max(each.horizontal for each in found.components.values())
    down = max(each.vertical for each in found.components.values())
    units = -(-found.columns // (8 * across)) * -(-found.rows // (8 * down))
    if units > _MAX_UNITS:
        raise BadJpeg("it has more blocks than can be held")
    for each in found.components.values():
        each.blocks_across = -(-found.columns // (8 * across)) * each.horizontal
        each.blocks_down = -(-found.rows // (8 * down)) * each.vertical
        each.emptied = np.zeros((each.blocks_down, each.blocks_across), bool)
        width, height = 8 * across // each.horizontal, 8 * down // each.vertical
        for left, top, w, h in rectangles:
            if w > 0 and h > 0 and left + w > 0 and top + h > 0:
                last_row, last_column = -(-(top + h) // height), -(-(left + w) // width)
                each.emptied[max(top, 0) // height : last_row, max(left, 0) // width : last_column] = True
