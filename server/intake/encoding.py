"""Writing a clean instance: a blank preamble, our meta, the clean header, the pixel element byte for byte."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from struct import pack
from typing import BinaryIO

from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.tag import BaseTag
from pydicom.uid import UID
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR
from pydicom.values import convert_SQ

from obia.schema.errors import Code, Rejected
from obia.schema.values import Clean, Pixels
from obia.server.intake.runs import read_plain_items
from obia.server.intake.source import chunks

_PREAMBLE = bytes(128) + b"DICM"
_ITEM = BaseTag(0xFFFEE000)
_REMEMBERED, _LONGEST = 2048, 512  # elements, and bytes of a value
_SHORT = 0xFFFF  # bytes that a length of 16 bits can say
_META = ((0x0002, b"UI"), (0x0003, b"UI"), (0x0010, b"UI"), (0x0012, b"UI"), (0x0013, b"SH"))
_USUAL_META = {0x00020000 | number for number, _ in _META}
_VRS = frozenset(str(each) for each in VR if len(each) == 2)


@dataclass(slots=True)
class Written:
    """What was written: SHA-256 in hexadecimal, and size in bytes."""

    digest: str
    size: int


def write(clean: Clean, header: bytes, target: BinaryIO) -> Written:
    """Write a clean instance and its encoded header as a DICOM file (PS3.10), in the transfer syntax it came in."""
    head = _PREAMBLE + _meta(clean) + header
    digest, size = hashlib.sha256(head), len(head)
    target.write(head)
    if clean.pixels is not None:
        for chunk in _element(clean.pixels):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Written(digest.hexdigest(), size)


def encode_header(header: Dataset, transfer_syntax: UID) -> bytes:
    """A header's bytes in a transfer syntax; elements nobody has converted are copied as they lie."""
    copied: list[bytes] = []
    if _copy(header, transfer_syntax.is_implicit_VR, transfer_syntax.is_little_endian, copied):
        return b"".join(copied)
    buffer = DicomBytesIO()
    buffer.is_little_endian = transfer_syntax.is_little_endian
    buffer.is_implicit_VR = transfer_syntax.is_implicit_VR
    write_dataset(buffer, header)
    return buffer.getvalue()


def _copy(header: Dataset, is_implicit: bool, is_little: bool, parts: list[bytes]) -> bool:
    """Add every element of a header, in order of tags; return False where one must be converted."""
    for tag, element in sorted(header.items(), key=_by_tag):
        if isinstance(element, RawDataElement):
            is_short = len(element.value or b"") <= _LONGEST
            copied = (_remembered if is_short else _copied)(element, is_implicit, is_little)
            if copied is None:
                return False
            parts.append(copied)
        elif element.is_empty and element.VR in _VRS:
            parts.append(_head(tag, element.VR, 0, is_implicit, is_little))
        elif not _copy_items(element, is_implicit, is_little, parts):
            return False
    return True


def _by_tag(item: tuple[BaseTag, DataElement | RawDataElement]) -> int:
    return int(item[0])  # a BaseTag compares slowly


def _copied(element: RawDataElement, is_implicit: bool, is_little: bool) -> bytes | None:
    """The bytes of an element as it lies; None where it must be converted."""
    value = element.value or b""
    if not _is_as_it_lies(element, value, is_implicit, is_little):
        return None
    if element.VR == VR.SQ and not _is_whole(element):
        return None
    return _head(element.tag, str(element.VR), len(value), is_implicit, is_little) + value


_remembered = lru_cache(_REMEMBERED)(_copied)  # images of a series have most of theirs in common


def _is_whole(sequence: RawDataElement) -> bool:
    """Whether a sequence is all that a reader sees of it: nothing stands twice, out of order or behind its items."""
    if read_plain_items(sequence) is not None:
        return True
    is_implicit, is_little = sequence.is_implicit_VR, sequence.is_little_endian
    try:
        items = convert_SQ(sequence.value or b"", is_implicit, is_little)
    except Exception:  # bytes of anyone: pydicom raises whatever it trips over
        return False
    return _items_bytes(items, is_implicit, is_little) == (sequence.value or b"")


def _is_as_it_lies(element: RawDataElement, value: bytes, is_implicit: bool, is_little: bool) -> bool:
    is_known = is_implicit or (element.VR in _VRS and (element.VR in EXPLICIT_VR_LENGTH_32 or len(value) <= _SHORT))
    is_like = element.VR != VR.SQ or element.is_implicit_VR == is_implicit  # what stands in it
    return is_known and is_like and element.is_little_endian == is_little and len(value) % 2 == 0


def _copy_items(element: DataElement, is_implicit: bool, is_little: bool, parts: list[bytes]) -> bool:
    if element.VR != VR.SQ or element.is_undefined_length:
        return False
    value = _items_bytes(element.value or (), is_implicit, is_little)
    if value is None:
        return False
    parts += (_head(element.tag, "SQ", len(value), is_implicit, is_little), value)
    return True


def _items_bytes(items: Iterable[Dataset], is_implicit: bool, is_little: bool) -> bytes | None:
    """Items as they lie; None where one must be converted."""
    parts: list[bytes] = []
    for item in items:
        own: list[bytes] = []
        if getattr(item, "is_undefined_length_sequence_item", False) or not _copy(item, is_implicit, is_little, own):
            return None
        whole = b"".join(own)
        parts += (_head(_ITEM, "", len(whole), True, is_little), whole)
    return b"".join(parts)


def _head(tag: BaseTag, vr: str, length: int, is_implicit: bool, is_little: bool) -> bytes:
    """Tag, VR and length, PS3.5 section 7.1; of an item, tag and length."""
    order = "<" if is_little else ">"
    if is_implicit:
        return pack(f"{order}HHL", tag >> 16, tag & 0xFFFF, length)
    form = "HH2s2xL" if vr in EXPLICIT_VR_LENGTH_32 else "HH2sH"
    return pack(order + form, tag >> 16, tag & 0xFFFF, vr.encode("ascii"), length)


def _meta(clean: Clean) -> bytes:
    """Group 2 (PS3.10 section 7.1); of the five elements every de-identifier gives, without asking pydicom."""
    meta = clean.meta
    if {int(tag) for tag in meta.keys()} != _USUAL_META:  # noqa: SIM118 - a dataset iterates over elements
        buffer = DicomBytesIO()
        write_file_meta_info(buffer, meta, enforce_standard=True)
        return buffer.getvalue()
    parts = [pack("<HH2s2xL2s", 2, 1, b"OB", 2, b"\0\1")]
    for number, vr in _META:
        value = str(meta[0x00020000 | number].value).encode("ascii")
        value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
        parts.append(pack("<HH2sH", 2, number, vr, len(value)) + value)
    body = b"".join(parts)
    return pack("<HH2sHL", 2, 0, b"UL", 4, len(body)) + body


def _element(pixels: Pixels) -> Iterator[memoryview]:
    """The pixel element, tag and length included, some at a time."""
    left = pixels.length
    try:
        with pixels.opener() as stream:
            stream.seek(pixels.offset)
            for chunk in chunks(stream, left):
                left -= len(chunk)
                yield chunk
    except OSError:  # of the file alone: what a consumer raises does not come this way
        raise Rejected("the pixels can no longer be read", Code.UNREADABLE) from None
    if left:
        raise Rejected("the pixels are shorter than they were", Code.TRUNCATED)
