"""Digests of originals: keyed, and the same however the same content was encoded.

What makes two files one instance (design, section 4): equal data sets, and where only the pixels' encoding differs,
equal decoded pixels. So the digest of a data set leaves out the pixels and the elements that describe their encoding
(`_OF_THE_ENCODING`), group 2, group lengths, and whether a length was defined; the rest is put in one canonical form:
tag, length, value in little endian, sorted, text without its padding. The digest of pixels is over decoded words.
"""

import hmac
from collections.abc import Iterable, Iterator
from functools import cache
from struct import pack
from typing import TYPE_CHECKING

import numpy as np
from pydicom import Dataset
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element

from obia.schema.errors import Code, Rejected
from obia.schema.forgetting import remembered
from obia.schema.layout import Layout
from obia.schema.values import Original, Pixels
from obia.server.intake.element import (
    ITEM_END,
    SEQUENCE_END,
    UNDEFINED,
    Element,
    Syntax,
    element_at,
    fragments_end,
    is_sequence,
    item_at,
    item_syntax,
)
from obia.server.intake.source import InMemory, Source, chunks
from obia.server.intake.text import character_sets
from obia.server.pixels import frames, is_plain, trim

if TYPE_CHECKING:
    from pydicom.dataset import FileMetaDataset

_OF_THE_ENCODING = frozenset(
    (
        0x00280004,  # Photometric Interpretation: compression turns RGB into YBR
        0x00280006,  # Planar Configuration
        0x00282110,  # Lossy Image Compression: some tools add 00 when they decompress
        0x00282112,  # its ratio
        0x00282114,  # its method
    )
)
_ELSEWHERE = (0x0002, 0x7FE0)  # groups: file meta and pixels
_REMEMBERED, _LONGEST = 2048, 512  # elements, and bytes of a value
_TEXT = frozenset(
    ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
)
_WORD_SIZE = dict.fromkeys(("US", "SS", "OW", "AT"), 2)
_WORD_SIZE |= dict.fromkeys(("UL", "SL", "FL", "OF", "OL"), 4) | dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), 8)
_ITEM, _END = b"\xff\xfe", b"\xfe\xff"
_IMPLICIT = Syntax(is_implicit=True, is_little=True)


def dataset_digest(original: Original, key: bytes) -> str:
    """The keyed digest of an original's data set, its pixels aside, in hexadecimal."""
    header = {int(tag): element for tag, element in original.header.items()}
    parts = [
        _top(original.header, tag, header[tag])
        for tag in sorted(header)
        if tag & 0xFFFF and tag >> 16 not in _ELSEWHERE and tag not in _OF_THE_ENCODING
    ]
    return hmac.digest(key, b"".join(parts), "sha256").hex()


def pixel_digest(meta: "FileMetaDataset", header: Dataset, pixels: Pixels, key: bytes) -> str:
    """The keyed digest of the decoded pixels, in hexadecimal; of the encoded ones where no decoder reads them.

    Frames, rows, columns, samples; each word in little endian, without the bits that Bits Stored leaves over.
    """
    try:
        layout = Layout.of(header, pixels.tag)
        plain = is_plain(layout, pixels, meta.TransferSyntaxUID)
        return _mac(key, b"decoded", _native(pixels, layout) if plain else _decoded(meta, header, pixels))
    except Rejected:
        return _mac(key, b"encoded", _chunks(pixels, pixels.value_length))


def _mac(key: bytes, kind: bytes, parts: Iterable[bytes | memoryview]) -> str:
    mac = hmac.new(key, kind, "sha256")
    for part in parts:
        mac.update(part)
    return mac.hexdigest()


def _chunks(pixels: Pixels, length: int) -> Iterator[memoryview]:
    """The first bytes of the pixels' value, some at a time."""
    with pixels.opener() as stream:
        stream.seek(pixels.value_offset)
        yield from chunks(stream, length)


def _native(pixels: Pixels, layout: Layout) -> Iterator[memoryview]:
    if pixels.value_length < layout.native_length:
        raise Rejected("its pixels are shorter than its header says", Code.BAD_PIXELS)
    word = np.dtype(f"<{'i' if layout.is_signed else 'u'}{layout.allocated // 8}")
    for chunk in _chunks(pixels, layout.native_length):
        trim(np.frombuffer(chunk, word), layout)
        yield chunk


def _decoded(meta: "FileMetaDataset", header: Dataset, pixels: Pixels) -> Iterator[bytes]:
    return (frame.tobytes() for frame in frames(meta, header, pixels))


def _top(header: Dataset, tag: int, element: DataElement | RawDataElement) -> bytes:
    """An element of the data set in canonical form."""
    if isinstance(element, RawDataElement):
        return _remembered(element) if len(element.value or b"") <= _LONGEST else _raw(element)
    # someone looked at it, and it was converted: write it again
    buffer = DicomBytesIO()
    buffer.is_little_endian = buffer.is_implicit_VR = True
    write_data_element(buffer, element, character_sets(header))
    source, parts = InMemory(buffer.getvalue()), list[bytes]()
    _add(source, element_at(source, 0, _IMPLICIT), _IMPLICIT, parts)
    return b"".join(parts)


def _raw(element: RawDataElement) -> bytes:
    parts: list[bytes] = []
    value = element.value or b""
    whole = Element(int(element.tag), element.VR, len(value), 0)
    syntax = Syntax(element.is_implicit_VR, element.is_little_endian)
    if is_sequence(whole):
        _add(InMemory(value), whole, syntax, parts)
    else:
        _add_value(whole, value, syntax, parts)
    return b"".join(parts)


_remembered = remembered(_REMEMBERED)(_raw)


def _add(source: Source, element: Element, syntax: Syntax, parts: list[bytes]) -> int:
    """Add an element in canonical form and return where it ends."""
    if is_sequence(element):
        parts.append(pack("<LL", element.tag, UNDEFINED))
        return _add_items(source, element, syntax, parts)
    end = element.end if element.length != UNDEFINED else fragments_end(source, element.value, syntax.is_little)
    _add_value(element, source.head(end)[element.value : end], syntax, parts)
    return end


def _add_value(element: Element, value: bytes, syntax: Syntax, parts: list[bytes]) -> None:
    if not syntax.is_little:
        value = _in_little_endian(value, _WORD_SIZE.get(element.vr or "", 1))
    if element.tag in _text_tags():
        value = value.rstrip(b" \0")
    parts += (pack("<LL", element.tag, len(value)), value)


def _add_items(source: Source, element: Element, syntax: Syntax, parts: list[bytes]) -> int:
    at, end = element.value, None if element.length == UNDEFINED else element.end
    while end is None or at < end:
        tag, length = item_at(source, at, syntax)
        at += 8
        if tag == SEQUENCE_END:
            break
        parts.append(_ITEM)
        at = _add_item(source, at, None if length == UNDEFINED else at + length, item_syntax(source, at, syntax), parts)
    parts.append(_END)
    return at


def _add_item(source: Source, at: int, end: int | None, syntax: Syntax, parts: list[bytes]) -> int:
    while end is None or at < end:
        element = element_at(source, at, syntax)
        if element.tag == ITEM_END:
            at = element.value
            break
        at = _add(source, element, syntax, parts if element.tag & 0xFFFF else [])
    parts.append(_END)
    return at


def _in_little_endian(value: bytes, size: int) -> bytes:
    if size == 1 or len(value) % size:
        return value
    return np.frombuffer(value, f"V{size}").view(f">u{size}").astype(f"<u{size}").tobytes()


@cache
def _text_tags() -> frozenset[int]:
    return frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] in _TEXT)
