"""Rebuilding: a file written anew with some elements changed and another pixel element, all else byte by byte."""

import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from obia.plugins.deid_ctp.dicom.element_index import DEFLATED, LONG, PIXEL_DATA, SYNTAX, Anatomy, Span, text_of
from obia.plugins.deid_ctp.dicom.file_meta import write_meta

Bytes = bytes | bytearray | memoryview
Changes = dict[int, tuple[bytes, bytes] | None]

_TRAILING = (0xFFFAFFFA, 0xFFFCFFFC)  # digital signatures and padding: CTP's writer stops before them


def rebuilt(
    anatomy: Anatomy,
    meta: Mapping[int, bytes],
    changes: Mapping[int, tuple[bytes, bytes] | None],
    pixels: Sequence[Bytes] = (),
) -> bytes:
    """Write the file anew with changed elements (VR and value; None removes), and another pixel element where given.

    Group lengths go, and digital signatures and padding behind the pixels, which CTP's writer drops.
    """
    parts = list[Bytes]()
    body, order = memoryview(anatomy.body), sorted(changes)
    spans = sorted((span for span in anatomy.spans if _is_written(span)), key=lambda span: span.tag)
    next_change = 0
    for span in spans:
        upto = bisect_left(order, span.tag)
        parts += _inserted(anatomy, changes, order[next_change:upto])
        next_change = upto
        if span.tag in changes:
            continue
        parts += pixels if span.tag == PIXEL_DATA and pixels else (body[span.begin : span.end],)
    parts += _inserted(anatomy, changes, order[next_change:])
    dataset = b"".join(parts)
    return write_meta(meta) + (_deflated(dataset) if text_of(meta[SYNTAX]) == DEFLATED else dataset)


def _is_written(span: Span) -> bool:
    return span.tag & 0xFFFF != 0 and span.tag not in _TRAILING


def _inserted(anatomy: Anatomy, changes: Mapping[int, tuple[bytes, bytes] | None], tags: list[int]) -> Iterator[bytes]:
    for tag in tags:
        change = changes[tag]
        if change is not None:
            yield _element(anatomy, tag, *change)


def _element(anatomy: Anatomy, tag: int, vr: bytes, value: bytes) -> bytes:
    """Write one element in the file's own encoding; the value's bytes are in the file's order already."""
    order = "<" if anatomy.is_little else ">"
    value += (b"\0" if vr in (b"UI", b"OB") else b" ") * (len(value) % 2)
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if anatomy.is_implicit:
        return head + struct.pack(order + "I", len(value)) + value
    if vr in LONG:
        return head + vr + b"\0\0" + struct.pack(order + "I", len(value)) + value
    return head + vr + struct.pack(order + "H", len(value)) + value


def _deflated(body: bytes) -> bytes:
    """Deflate a dataset (PS3.5 A.5), padded to an even length."""
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = stream.compress(body) + stream.flush()
    return deflated + b"\0" * (len(deflated) % 2)
