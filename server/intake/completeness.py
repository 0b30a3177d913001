"""Completeness: a clean instance has what its original had, unless a rule of its de-identifier took it.

Pixels, the attributes that say how to read them, and the UIDs and codes that every instance needs may never go missing.
Geometry may, where the de-identifier says so in `Clean.removed`.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword

from obia.schema.errors import Code, Rejected
from obia.schema.layout import Layout
from obia.schema.values import Clean, Original, Pixels

_UNCHANGED = (
    *("SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows", "Columns"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SOPClassUID", "Modality"),
)
"""Attributes whose value stays: the Image Pixel Module (PS3.3 C.7.6.3), and what says which kind of object it is."""

_PRESENT = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
"""Type 1 attributes of every instance, with another value than before."""

GEOMETRY = (
    *("ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID", "PixelSpacing", "ImagerPixelSpacing"),
    *("NominalScannedPixelSpacing", "SliceThickness", "SpacingBetweenSlices", "SharedFunctionalGroupsSequence"),
    *("PerFrameFunctionalGroupsSequence", "SequenceOfUltrasoundRegions"),
)
"""Where the pixels lie in the patient: present, unless the de-identifier removed it by a rule."""

_TAGS = {keyword: tag_for_keyword(keyword) or 0 for keyword in (*_UNCHANGED, *_PRESENT, *GEOMETRY)}
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
    for keyword in _UNCHANGED:
        old = _value(before, keyword)
        if old and _value(after, keyword) != old:
            yield keyword
    for keyword in _PRESENT:
        if not _value(after, keyword):
            yield keyword
    for keyword in GEOMETRY:
        if _TAGS[keyword] not in clean.removed and _has(before, keyword) and not _has(after, keyword):
            yield keyword


def _is_whole(before: Pixels, clean: Clean) -> bool:
    """Whether native pixels lost nothing but padding; how long encapsulated ones are says nothing."""
    after = clean.pixels
    if after is None or before.tag != after.tag:
        return False
    if before.is_encapsulated or after.is_encapsulated or after.value_length >= before.value_length:
        return True
    try:
        return after.value_length >= Layout.of(clean.header, after.tag).native_length
    except Rejected:
        return False


def _has(header: Dataset, keyword: str) -> bool:
    """Whether an attribute has a value, without converting it."""
    element = header.get_item(_TAGS[keyword])
    if element is None or element.value is None:
        return False
    value = element.value
    return bool(value.strip(b" \0") if isinstance(value, bytes) else value)


def _value(header: Dataset, keyword: str) -> str:
    """The value of a short attribute as text, whether or not it was converted; empty where there is none."""
    element: Any = header.get_item(_TAGS[keyword])  # raw, or converted
    value = None if element is None else element.value
    if value is None:
        return ""
    if not isinstance(value, bytes):
        return str(value).strip(" \0")
    if value and (element.VR in ("US", "SS") or (element.VR is None and keyword in _BINARY)):
        order: Literal["little", "big"] = "little" if element.is_little_endian else "big"
        return str(int.from_bytes(value, order))
    return value.decode("latin-1").strip(" \0")
