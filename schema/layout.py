"""Pixel layout: what a header says its pixels look like, and what a compressed frame says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from obia.schema.errors import Code, Rejected
from obia.schema.values import Pixels

if TYPE_CHECKING:
    from pydicom import Dataset

_FLOATS = {0x7FE00008: 32, 0x7FE00009: 64}
_ITEM = b"\xfe\xff\x00\xe0"
_HEAD = 4096  # bytes of a frame that hold its size, unless it carries a colour profile
_SIZED = frozenset((1, *range(8, 65, 8)))  # bits: PS3.5 section 8.1.1


@dataclass(frozen=True, slots=True)
class Layout:
    """The Image Pixel module (PS3.3 C.7.6.3), checked: no number is missing, negative or absurd."""

    rows: int
    columns: int
    frames: int
    samples: int
    allocated: int
    stored: int
    is_signed: bool
    is_planar: bool
    photometric: str

    @classmethod
    def of(cls, header: "Dataset", tag: int = 0x7FE00010) -> "Layout":
        """Read it without converting elements; `tag` is the pixel element's. Raises Rejected BAD_PIXELS."""
        allocated = _FLOATS.get(tag) or _number(header, 0x00280100)
        samples = _number(header, 0x00280002, 1)
        layout = cls(
            rows=_number(header, 0x00280010),
            columns=_number(header, 0x00280011),
            frames=_number(header, 0x00280008, 1) or 1,
            samples=samples,
            allocated=allocated,
            stored=_number(header, 0x00280101, allocated) or allocated,
            is_signed=_number(header, 0x00280103, 0) == 1,
            is_planar=samples > 1 and _number(header, 0x00280006, 0) == 1,
            photometric=_text(header, 0x00280004),
        )
        layout._check()
        return layout

    @property
    def frame_bits(self) -> int:
        """Bits of one native frame; YBR_FULL_422 shares its colours between two pixels."""
        samples = 2 if self.photometric == "YBR_FULL_422" and self.samples == 3 else self.samples
        return self.rows * self.columns * samples * self.allocated

    @property
    def native_length(self) -> int:
        """Bytes of all native frames, the padding to an even length aside."""
        return (self.frames * self.frame_bits + 7) // 8

    def _check(self) -> None:
        if min(self.rows, self.columns, self.frames) < 1:
            raise Rejected("its header says that it has no rows, columns or frames", Code.BAD_PIXELS)
        if self.allocated not in _SIZED or self.samples not in (1, 2, 3, 4):
            raise Rejected("its header gives no possible number of bits or samples", Code.BAD_PIXELS)
        if not 0 < self.stored <= self.allocated:
            raise Rejected("its header stores more bits than it allocates", Code.BAD_PIXELS)


@dataclass(frozen=True, slots=True)
class Codestream:
    """What a compressed frame says of itself."""

    rows: int
    columns: int
    samples: int
    bits: int


def codestream(frame: bytes) -> Codestream | None:
    """Read the size of a JPEG, JPEG-LS or JPEG 2000 frame from its beginning; None where it is not there."""
    if frame.startswith(b"\xff\xd8"):
        return _jpeg(frame)
    start = 0
    if frame.startswith(b"\0\0\0\x0cjP  "):  # a JP2 file, which PS3.5 A.4.4 forbids and some write
        start = frame.find(b"jp2c", 12) + 4
    if frame[start : start + 4] == b"\xff\x4f\xff\x51" and len(frame) >= start + 43:
        return _jpeg_2000(frame[start : start + 43])
    return None


def fragments(stream: BinaryIO, pixels: Pixels) -> Iterator[tuple[int, bytes]]:
    """Walk encapsulated pixels (PS3.5 A.4): each item's length and beginning, the offset table first.

    Of a JPEG frame whose size is not near its beginning the whole comes.
    """
    at, end = pixels.value_offset, pixels.value_offset + pixels.value_length
    while at < end:
        stream.seek(at)
        start = stream.read(8 + _HEAD)
        length = int.from_bytes(start[4:8], "little")
        if start[:4] != _ITEM or at + 8 + length > end:
            return
        fragment = start[8 : 8 + length]
        if length > _HEAD and fragment[:2] == b"\xff\xd8" and codestream(fragment) is None:
            fragment += stream.read(length - _HEAD)
        yield length, fragment
        at += 8 + length


def _jpeg(frame: bytes) -> Codestream | None:
    """Find the start of frame: ITU-T T.81 B.2.2, for JPEG-LS T.87 C.2.2."""
    at = 2
    while at + 9 < len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker == 0xFF:  # fill
            at += 1
        elif (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xF7:
            size = frame[at + 5 : at + 9]
            rows, columns = int.from_bytes(size[:2]), int.from_bytes(size[2:])
            return Codestream(rows, columns, frame[at + 9], frame[at + 4])
        else:
            at += 2 + int.from_bytes(frame[at + 2 : at + 4])
    return None


def _jpeg_2000(start: bytes) -> Codestream:
    """Read the SIZ marker segment: ITU-T T.800 A.5.1."""
    width, height, left, top = (int.from_bytes(start[at : at + 4]) for at in (8, 12, 16, 20))
    return Codestream(height - top, width - left, int.from_bytes(start[40:42]), (start[42] & 0x7F) + 1)


def _number(header: "Dataset", tag: int, missing: int | None = None) -> int:
    element = header.get_item(tag)
    value: object = None if element is None else element.value
    if value is None or value in (b"", ""):
        if missing is None:
            raise Rejected(
                f"its header lacks ({tag >> 16:04X},{tag & 0xFFFF:04X}), which its pixels need", Code.BAD_PIXELS
            )
        return missing
    try:
        if not isinstance(value, bytes):
            return int(value)  # type: ignore[call-overload, no-any-return]
        if getattr(element, "VR", None) in ("IS", "DS") or tag == 0x00280008:
            return int(value.strip(b" \0"))
        return int.from_bytes(value, "little" if getattr(element, "is_little_endian", True) else "big")
    except (TypeError, ValueError):
        raise Rejected("its header has no number where its pixels need one", Code.BAD_PIXELS) from None


def _text(header: "Dataset", tag: int) -> str:
    element = header.get_item(tag)
    value: object = None if element is None else element.value
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
    return text.strip(" \0").upper()
