"""Pixels to test with: what each format holds beside its pixels, with a trace in it."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from struct import pack
from typing import BinaryIO

from pydicom.uid import (
    MPEG4HP41,
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from obia.schema.conformance.instances import TRACES, planted
from obia.schema.values import Original, Pixels

# Pillow wrote both, of eight rows and columns of one grey
_JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300281c1e231e19282321232d2b28303c64413c37373c7b585d49"
    "64918099968f808c8aa0b4e6c3a0aadaad8a8cc8ffcbdaeef5ffffff9bc1fffffffaffe6fdfff8ffc0000b08000800080101"
    "1100ffc40014000100000000000000000000000000000000ffc40014100100000000000000000000000000000000ffda0008"
    "010100003f003fffd9"
)
_JPEG_2000 = bytes.fromhex(
    "ff4fff510029000000000008000000080000000000000000000000080000000800000000000000000001070101ff52000c00"
    "000001000004040001ff5c00044040ff90000a00000000000f0001ff9380ffd9"
)
_RLE = pack("<16L", 1, 64, *[0] * 14) + b"\xc1\x07"
_TRACE = TRACES[0].encode()


def planted_pixels() -> Iterator[tuple[str, Original]]:
    """Originals whose pixels carry a trace, each with the place where it stands."""
    for place, frame in _jpeg():
        yield f"JPEG, {place}", _encapsulated(JPEGBaseline8Bit, frame)
    for place, frame in _jpeg_2000():
        yield f"JPEG 2000, {place}", _encapsulated(JPEG2000Lossless, frame)
    yield "RLE, behind its segments", _encapsulated(RLELossless, _RLE + _TRACE)
    yield "H.264, user data", _encapsulated(MPEG4HP41, b"\0\0\0\1\x06\x05" + _TRACE)
    yield "the offset table", _encapsulated(JPEGBaseline8Bit, _JPEG, _TRACE)
    head = b"\xe0\x7f\x10\x00OB\0\0" + pack("<L", 64 + len(_even(_TRACE)))
    yield "native, behind the pixels", _with(ExplicitVRLittleEndian, head, bytes(64) + _even(_TRACE))


def _jpeg() -> Iterator[tuple[str, bytes]]:
    for marker, place, start in (
        (0xFE, "a comment", b""),
        (0xE0, "JFIF's thumbnail", b"JFIF\0\1\1\0\0\1\0\1\4\1"),
        (0xE1, "EXIF", b"Exif\0\0II*\0\x08\0\0\0\0\0"),
        (0xE2, "a colour profile", b"ICC_PROFILE\0\1\1"),
        (0xED, "IPTC", b"Photoshop 3.0\0"),
    ):
        yield place, _JPEG[:2] + _segment(marker, start + _TRACE) + _JPEG[2:]
    yield "a comment before the scan", _JPEG.replace(b"\xff\xda", _segment(0xFE, _TRACE) + b"\xff\xda")
    yield "behind its end", _JPEG + _TRACE


def _jpeg_2000() -> Iterator[tuple[str, bytes]]:
    comment, start = _segment(0x64, b"\0\1" + _TRACE), _JPEG_2000.index(b"\xff\x90")
    part = pack(">HHHLBB", 0xFF90, 10, 0, 15 + len(comment), 0, 1) + comment + _JPEG_2000[start + 12 :]
    yield "a comment", _JPEG_2000[:start] + comment + _JPEG_2000[start:]
    yield "a comment in bytes", _JPEG_2000[:start] + comment.replace(b"\0\1Z", b"\0\0Z") + _JPEG_2000[start:]
    yield "a comment in a tile-part", _JPEG_2000[:start] + part
    yield "behind its end", _JPEG_2000 + _TRACE
    boxes = b"\0\0\0\x0cjP  \r\n\x87\n" + _box(b"xml ", _TRACE)
    yield "a box of JP2", boxes + _box(b"jp2c", _JPEG_2000)


def _segment(marker: int, body: bytes) -> bytes:
    return pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def _box(kind: bytes, content: bytes) -> bytes:
    return pack(">L4s", 8 + len(content), kind) + content


def _encapsulated(transfer_syntax: UID, frame: bytes, table: bytes = b"") -> Original:
    items = b"".join(b"\xfe\xff\x00\xe0" + pack("<L", len(each)) + each for each in (_even(table), _even(frame)))
    return _with(transfer_syntax, b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff", items + b"\xfe\xff\xdd\xe0\0\0\0\0")


def _even(value: bytes) -> bytes:
    return value + bytes(len(value) % 2)


def _with(transfer_syntax: UID, head: bytes, value: bytes) -> Original:
    def opener() -> BinaryIO:
        return BytesIO(head + value)

    original = planted()
    original.meta.TransferSyntaxUID = transfer_syntax
    is_encapsulated = transfer_syntax != ExplicitVRLittleEndian
    return replace(
        original,
        kind=replace(original.kind, transfer_syntax=str(transfer_syntax)),
        pixels=Pixels(opener, 0x7FE00010, 0, len(head) + len(value), len(head), len(value), is_encapsulated),
    )
