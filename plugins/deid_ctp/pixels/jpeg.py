"""JPEG edited in its coefficients: blocks under a region are emptied, every other block keeps each of its bits.

Sequential Huffman streams only, SOF0 and SOF1, of 8 or 12 bits: those of JPEG Baseline and JPEG Extended.
CTP empties a block's AC coefficients and keeps its DC, so that a mosaic of the text stays: strict does the same.
Given levels, the DC becomes black instead, and the difference of the next block of that component makes up for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from obia.plugins.deid_ctp.pixels.huffman import BadJpeg
from obia.plugins.deid_ctp.pixels.jpeg_headers import SOS, Rectangle, Stream, markers, note, scan_end
from obia.plugins.deid_ctp.pixels.scan import Scan

_COM = 0xFE


@dataclass(frozen=True, slots=True)
class Shape:
    """What a stream says of itself; `is_bare` where it says nothing of its colours."""

    rows: int
    columns: int
    bits: int
    components: int
    is_rgb: bool
    is_bare: bool


def shape(stream: bytes | memoryview) -> Shape:
    """Read a stream's size and colours from its markers. Raises BadJpeg."""
    found = Stream()
    for marker, begin, end in markers(stream):
        note(found, marker, bytes(stream[begin + 4 : end]), ())
        if marker == SOS:
            ids = bytes(found.components)
            is_rgb = found.transform == 0 or (found.transform is None and ids == b"RGB")
            is_bare = found.transform is None and not found.is_jfif
            return Shape(found.rows, found.columns, found.bits, len(ids), len(ids) == 3 and is_rgb, is_bare)
    raise BadJpeg("it has no scan")


def emptied(stream: bytes | memoryview, rectangles: Sequence[Rectangle], levels: Sequence[int] | None = None) -> bytes:
    """Return the stream with the blocks under the rectangles (left, top, width, height) emptied.

    `levels` are sample values, one for each component; where given, blocks take them, and segments that can hold
    previews or words are left out (APPn but for JFIF's and Adobe's heads, comments, all behind the end).
    Raises BadJpeg.
    """
    found, parts, is_clean = Stream(), [bytes(stream[:2])], levels is not None
    at, scan = 2, None
    for marker, begin, end in markers(stream):
        if not is_clean:
            parts.append(bytes(stream[at:begin]))
        segment = bytes(stream[begin + 4 : end])
        note(found, marker, segment, rectangles)
        scan = Scan(found, segment, levels) if marker == SOS else None
        if scan is not None:
            parts.extend(scan.new_tables)
        parts.append(bytes(stream[begin:end]) if not is_clean else _cleaned(marker, bytes(stream[begin:end])))
        at = end
        if scan is not None:
            at = scan_end(stream, end)
            parts.extend(_edited(scan, bytes(stream[end:at]), found.restart))
    if not found.components or scan is None:
        raise BadJpeg("it has no scan")
    return b"".join((*parts, b"\xff\xd9"))


def _cleaned(marker: int, segment: bytes) -> bytes:
    if marker == 0xE0 and segment[4:9] == b"JFIF\0" and len(segment) >= 18:
        return b"\xff\xe0\0\x10" + segment[4:16] + b"\0\0"  # no thumbnail
    is_adobe = marker == 0xEE and segment[4:9] == b"Adobe"
    return b"" if (0xE0 <= marker <= 0xEF and not is_adobe) or marker == _COM else segment


def _edited(scan: Scan, data: bytes, restart: int) -> list[bytes]:
    """Edit one scan: each interval between restart markers for itself."""
    parts, at, units = list[bytes](), 0, scan.units
    interval = restart or units
    for number, first in enumerate(range(0, units, interval)):
        end = _interval_end(data, at)
        scan.begin(data[at:end].replace(b"\xff\0", b"\xff"))
        for unit in range(first, min(first + interval, units)):
            scan.unit(unit)
        parts.append(scan.end())
        if first + interval < units:
            marker = data[end : end + 2]
            if marker != bytes((0xFF, 0xD0 + number % 8)):
                raise BadJpeg("a restart marker is missing")
            parts.append(marker)
            end += 2
        at = end
    return parts


def _interval_end(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            return len(data)
        if data[at + 1 : at + 2] != b"\0":
            return at
        at += 2
