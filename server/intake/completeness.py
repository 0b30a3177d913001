"""Completeness: a clean instance has what its original had, unless a rule of its de-identifier took it.

Pixels, the attributes that say how to read them, and the UIDs and codes that every instance needs may never go missing.
Geometry may, where the de-identifier says so in `Clean.removed`.
"""

from collections.abc import Iterator, Sized
from typing import Any, Literal

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword

from obia.schema.errors import Code, Rejected
from obia.schema.geometry import GEOMETRY
from obia.schema.layout import Layout
from obia.schema.values import Clean, Original, Pixels

_UNCHANGED = (
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SOPClassUID", "Modality"),
)
"""Attributes whose value stays: the Image Pixel Module (PS3.3 C.7.6.3), and what says which kind of object it is."""

_PRESENT = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
"""Type 1 attributes of every instance, with another value than before."""

_REENCODED = frozenset(("PhotometricInterpretation", "PlanarConfiguration"))
"""Attributes that another transfer syntax may change: decoded JPEG is RGB that was YBR_FULL_422 (PS3.5 8.2.1)."""

_TAGS = {keyword: tag_for_keyword(keyword) or 0 for keyword in (*_UNCHANGED, *_PRESENT)}
_BINARY_VRS = frozenset((None, "US", "SS", "UN"))  # None: implicit VR
_BINARY = frozenset(_UNCHANGED) - {"PhotometricInterpretation", "NumberOfFrames", "SOPClassUID", "Modality"}


def require_complete(original: Original, clean: Clean) -> None:
    """Raise Rejected INCOMPLETE, naming the attribute, for a clean instance that lacks what its original had."""
    missing = next(lost(original, clean), None)
    if missing is not None:
        raise Rejected(f"intake {original.intake_id} lost {missing} in de-identification", Code.INCOMPLETE)


def lost(original: Original, clean: Clean) -> Iterator[str]:
    """What a clean instance lacks or has changed that it should have kept, by keyword."""
    if original.pixels is not None and (clean.pixels is None or not clean.pixels.value_length):
        yield "its pixels"
    if original.pixels is not None and clean.pixels is not None and not _is_whole(original.pixels, clean):
        yield "a part of its pixels"
    before, after = original.header, clean.header
    is_reencoded = original.meta.get("TransferSyntaxUID") != clean.meta.get("TransferSyntaxUID")
    for keyword in _UNCHANGED:
        old, new = _value(before, keyword), _value(after, keyword)
        if old and new != old and not (is_reencoded and new and keyword in _REENCODED):
            yield keyword
    for keyword in _PRESENT:
        if not _value(after, keyword):
            yield keyword
    for keyword, tag in GEOMETRY.items():
        if tag not in clean.removed and _has(before, tag) and not _has(after, tag):
            yield keyword


def _is_whole(before: Pixels, clean: Clean) -> bool:
    """Whether native pixels have all their frames; how long encapsulated ones are says nothing."""
    after = clean.pixels
    if after is None or before.tag != after.tag:
        return False
    if after.is_encapsulated or (not before.is_encapsulated and after.value_length >= before.value_length):
        return True
    try:
        return after.value_length >= Layout.of(clean.header, after.tag).native_length
    except Rejected:
        return False


def _has(header: Dataset, tag: int) -> bool:
    """Whether an attribute has a value, without converting it; zero is one."""
    element = header.get_item(tag)
    value = None if element is None else element.value
    if isinstance(value, bytes):
        return bool(value.strip(b" \0"))
    return value is not None and not (isinstance(value, Sized) and len(value) == 0)


def _value(header: Dataset, keyword: str) -> str:
    """The value of a short attribute as text, whether or not it was converted; empty where there is none."""
    element: Any = header.get_item(_TAGS[keyword])  # raw, or converted
    value = None if element is None else element.value
    if value is None:
        return ""
    if not isinstance(value, bytes):
        return _plain(str(value))
    if value and keyword in _BINARY and element.VR in _BINARY_VRS:
        order: Literal["little", "big"] = "little" if element.is_little_endian else "big"
        return str(int.from_bytes(value, order))
    return _plain(value.decode("latin-1"))


def _plain(text: str) -> str:
    """A text without padding; an integer string (IS) without leading zeros, which carry no meaning."""
    text = text.strip(" \0")
    return str(int(text)) if text.isdecimal() and text.isascii() else text
