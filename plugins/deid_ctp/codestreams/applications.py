"""Application segments that change how colours decode, written anew with nothing but what they say of that."""

_JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"  # version 1.01, no unit, square pixels, no thumbnail
_ADOBE = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"  # version 100, no flags; then the transform
_MRFX = b"\xff\xe8\0\x07mrfx"  # then the transform

LONGEST = 64
"""Bytes of a segment's beginning that are enough to know it by."""


def of_jpeg(marker: int, start: bytes) -> bytes:
    """The segment to write for one of a JPEG stream; mostly none. JFIF is by T.871, Adobe's by T.872 6.5.3."""
    if marker == 0xE0 and start.startswith(b"JFIF\0") and len(start) >= 14:
        return _JFIF
    if marker == 0xEE and start.startswith(b"Adobe") and len(start) >= 12 and start[11] <= 2:
        return _ADOBE + start[11:12]
    return b""


def of_jpeg_ls(marker: int, start: bytes) -> bytes:
    """The segment to write for one of a JPEG-LS stream: HP's colour transform, or none."""
    if marker == 0xE8 and start.startswith(b"mrfx") and len(start) == 5 and 1 <= start[4] <= 3:
        return _MRFX + start[4:5]
    return b""
