"""A second walker of codestreams, written apart from the plugin: what stands in a frame that is not entropy-coded."""

import re
from collections.abc import Iterator

_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_LS_END = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")

JPEG = {
    0xC0, 0xC1, 0xC3, 0xC4, 0xDB, 0xDA, 0xDD, 0xDC,  # frames, tables, scans, restart interval, lines
}  # fmt: skip
JPEG_LS = {0xF7, 0xF8, 0xDA, 0xDD}
JPEG_2000 = {0x51, 0x50, 0x52, 0x53, 0x5E, 0x5C, 0x5D, 0x5F, 0x55, 0x90}
CANONICAL = (
    (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
    *((0xEE, b"Adobe\0\x64\0\0\0\0" + bytes((transform,))) for transform in range(3)),
    *((0xE8, b"mrfx" + bytes((transform,))) for transform in (1, 2, 3)),
)


def strangers(frame: bytes) -> list[str]:
    """What a JPEG, JPEG-LS or JPEG 2000 frame holds beside what decoding needs; nothing of a clean one."""
    walk = _jpeg_2000(frame) if frame[:2] == b"\xff\x4f" else _jpeg(frame)
    return list(walk)


def _jpeg(frame: bytes) -> Iterator[str]:
    if frame[:2] != b"\xff\xd8":
        yield "no SOI"
        return
    is_ls = b"\xff\xf7" in frame[:200]
    allowed, at = (JPEG_LS if is_ls else JPEG), 2
    while at < len(frame):
        if frame[at] != 0xFF:
            yield f"a byte {frame[at]:02x} at {at}"
            return
        code = frame[at + 1]
        if code == 0xD9:
            yield from () if frame[at + 2 :] in (b"", b"\0") else ("a tail",)
            return
        length = int.from_bytes(frame[at + 2 : at + 4])
        body = frame[at + 4 : at + 2 + length]
        if code not in allowed and (code, body) not in CANONICAL:
            yield f"a marker {code:02x}"
        at += 2 + length
        if code == 0xDA:
            found = (_LS_END if is_ls else _END).search(frame, at)
            at = found.start() if found else len(frame)
    yield "no EOI"


def _jpeg_2000(frame: bytes) -> Iterator[str]:
    at = tile = end = 2
    while frame[at : at + 2] != b"\xff\xd9":
        code = frame[at + 1]
        if frame[at] != 0xFF or at >= len(frame):
            yield f"something at {at}"
            return
        if code == 0x93:
            at = end or frame.index(b"\xff\xd9", at)
            continue
        if code not in JPEG_2000:
            yield f"a marker {code:02x}"
        if code == 0x90:
            tile = at
            length = int.from_bytes(frame[tile + 6 : tile + 10])
            end = tile + length if length else 0
        at += 2 + int.from_bytes(frame[at + 2 : at + 4])
    if frame[at + 2 :] not in (b"", b"\0"):
        yield "a tail"
