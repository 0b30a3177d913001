"""Encapsulated pixels (PS3.5 A.4): an offset table that is one, each frame cleaned into a fragment, a delimiter."""

from collections.abc import Callable
from struct import pack
from typing import BinaryIO

from obia import Layout, Pixels
from obia.plugins.deid_ctp.codestreams.payload import Payload, damaged
from obia.plugins.deid_ctp.codestreams.splice import Range, Splice

Family = Callable[[Payload, int, Layout], tuple[Splice, int]]
"""Cleans the frame that begins somewhere in a payload; returns it and where it ended. Raises Rejected BAD_PIXELS."""

_ITEM = b"\xfe\xff\x00\xe0"
_DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
_LONGEST = 0xFFFFFFFE  # bytes of a fragment, and the furthest that an offset can say


def clean(stream: BinaryIO, pixels: Pixels, layout: Layout, family: Family) -> Splice:
    """Clean every frame. Raises Rejected BAD_PIXELS where they are not as many as the header says."""
    table, *fragments = _items(stream, pixels)
    payload = Payload(stream, fragments)
    frames: list[Splice] = []
    at = 0
    while at < payload.size:
        if len(frames) == layout.frames:
            raise damaged("its pixels hold more frames than its header says")
        frame, end = family(payload, at, layout)
        frame.put(bytes(frame.length % 2))
        frames.append(frame)
        at = payload.next_fragment(end)
    if len(frames) < layout.frames:
        raise damaged("its pixels hold fewer frames than its header says")
    return _element(frames, has_table=len(table) > 0)


def _items(stream: BinaryIO, pixels: Pixels) -> list[Range]:
    """Where the items' values lie, the offset table's first. Raises Rejected BAD_PIXELS."""
    found: list[Range] = []
    at, end = pixels.value_offset, pixels.value_offset + pixels.value_length
    while True:
        stream.seek(at)
        head = stream.read(8)
        at += 8
        if head[:4] == _DELIMITER[:4] and at == end:
            break
        length = int.from_bytes(head[4:], "little")
        if head[:4] != _ITEM or at + length > end:
            raise damaged("its pixels hold something else than fragments")
        found.append(Range(at, at + length))
        at += length
    if not found:
        raise damaged("its pixels have no offset table")
    return found


def _element(frames: list[Splice], *, has_table: bool) -> Splice:
    offsets, at = [], 0
    for frame in frames:
        if frame.length > _LONGEST:
            raise damaged("a frame is longer than a fragment can be")
        offsets.append(at)
        at += 8 + frame.length
    has_table = has_table and offsets[-1] <= _LONGEST
    table = pack(f"<{len(offsets)}L", *offsets) if has_table else b""
    value = Splice()
    value.put(_ITEM + pack("<L", len(table)) + table)
    for frame in frames:
        value.put(_ITEM + pack("<L", frame.length))
        value.add(frame)
    value.put(_DELIMITER)
    return value
