"""DICOM to graph: the properties that a clean instance gives its individual, study, series and image or annotation."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from obia.schema.errors import Code, Rejected
from obia.schema.graph import Sex
from obia.schema.values import Clean
from obia.server.intake import terms
from obia.server.intake.text import tag_named

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "O": Sex.OTHER}
_AGE = re.compile(r"(\d{3})([DWMY])")
_DAYS = {"D": 1, "W": 7, "M": 30.44, "Y": 365.25}
_OLDEST = 90  # years: 45 CFR 164.514 (b)(2)(i)(C), ages over 89 in one category
_SHORT = 256  # bytes of a value that is worth remembering
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_ANNOTATIONS = (
    f"{_STORAGE}88.",  # structured reports, key object selections
    f"{_STORAGE}11.",  # presentation states
    f"{_STORAGE}66.4",  # segmentation
    f"{_STORAGE}66.5",  # surface segmentation
    f"{_STORAGE}66.7",  # label map segmentation
    f"{_STORAGE}481.3",  # RT structure set
    f"{_STORAGE}481.4",
    f"{_STORAGE}481.5",  # RT plan
    f"{_STORAGE}481.6",
    f"{_STORAGE}481.7",
    f"{_STORAGE}481.8",
    f"{_STORAGE}481.9",
)


def is_annotation(sop_class: str) -> bool:
    """Whether instances of this SOP class speak of series and images rather than being images."""
    return any(sop_class == each or (each.endswith(".") and sop_class.startswith(each)) for each in _ANNOTATIONS)


def row(clean: Clean) -> dict[str, Any]:
    """The properties, by label in lower case. Raises Rejected UNSUPPORTED for what is neither image nor annotation."""
    header = clean.header
    rows: dict[str, Any] = {
        "individual": _individual(header),
        "study": _study(header),
        "series": _series(header),
    }
    if is_annotation(clean.kind.sop_class):
        rows["annotation"] = _annotation(clean)
    elif clean.pixels is not None:
        rows["image"] = _image(clean)
    else:
        raise Rejected(f"intake {clean.intake_id} is neither an image nor an annotation", Code.UNSUPPORTED)
    return rows


def _individual(header: Dataset) -> dict[str, Any]:
    return {
        "pseudonym": _text(header, "PatientID"),
        "sex": _SEXES.get((_text(header, "PatientSex") or "").upper()),
        "species": _species(header),
    }


def _species(header: Dataset) -> str:
    """The species' scientific name; who says nothing means a human (PS3.3 C.7.1.1)."""
    for item in header.get("PatientSpeciesCodeSequence") or ():
        if meaning := _text(item, "CodeMeaning"):
            return meaning
    return _text(header, "PatientSpeciesDescription") or "Homo sapiens"


def _study(header: Dataset) -> dict[str, Any]:
    return {
        "uid": _text(header, "StudyInstanceUID"),
        "date": _date(header, "StudyDate"),
        "ageAtStudy": _age(header),
    }


def _series(header: Dataset) -> dict[str, Any]:
    modality, part, maker = (_text(header, each) for each in ("Modality", "BodyPartExamined", "Manufacturer"))
    return {
        "uid": _text(header, "SeriesInstanceUID"),
        "number": _int(header, "SeriesNumber"),
        "modality": terms.modality(modality),
        "modalityRaw": modality,
        "bodyPart": terms.body_part(part),
        "bodyPartRaw": part,
        "laterality": _text(header, "Laterality") or _text(header, "ImageLaterality"),
        "manufacturer": terms.manufacturer(maker),
        "manufacturerRaw": maker,
        "manufacturerModel": _text(header, "ManufacturerModelName"),
        "date": _date(header, "SeriesDate"),
        "frameOfReference": _text(header, "FrameOfReferenceUID"),
        "sliceThickness": _float(header, "SliceThickness"),
    }


def _image(clean: Clean) -> dict[str, Any]:
    header = clean.header
    return {
        "uid": clean.uid,
        "number": _int(header, "InstanceNumber"),
        "frames": _int(header, "NumberOfFrames") or 1,
        "rows": _int(header, "Rows"),
        "columns": _int(header, "Columns"),
        "sopClass": clean.kind.sop_class,
        "transferSyntax": str(clean.meta.TransferSyntaxUID),
    }


def _annotation(clean: Clean) -> dict[str, Any]:
    return {
        "uid": clean.uid,
        "modality": terms.modality(_text(clean.header, "Modality")),
        "sopClass": clean.kind.sop_class,
        "references": sorted(set(_references(clean.header)) - {_text(clean.header, "SeriesInstanceUID")}),
    }


def _references(header: Dataset) -> Iterator[str]:
    """The UIDs of series and instances that an annotation names, at any depth."""
    for element in header:
        if element.VR == "SQ":
            for item in element.value or ():
                yield from _references(item)
        elif element.keyword in ("ReferencedSOPInstanceUID", "SeriesInstanceUID") and element.value:
            yield str(element.value)


def _text(header: Dataset, keyword: str) -> str | None:
    """A value as text: the first where there are many, None where it is empty or cannot be read."""
    tag = tag_named(keyword)
    element: object = header.get_item(tag)
    if element is None:
        return None
    if isinstance(element, RawDataElement) and len(element.value or b"") <= _SHORT:
        codecs = header.original_character_set
        return _raw_text(element, codecs if isinstance(codecs, str) else tuple(codecs))
    return _value_text(header, tag)


@lru_cache(4096)
def _raw_text(element: RawDataElement, codecs: str | tuple[str, ...]) -> str | None:
    """The text of a raw element, which most images of a series share."""
    alone = Dataset({element.tag: element})
    alone.set_original_encoding(
        element.is_implicit_VR, element.is_little_endian, [codecs] if isinstance(codecs, str) else list(codecs)
    )
    return _value_text(alone, element.tag)


def _value_text(header: Dataset, tag: BaseTag) -> str | None:
    try:
        value = header[tag].value
    except (ValueError, TypeError, LookupError, OverflowError, NotImplementedError):
        return None
    if value is None:
        return None
    if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue":
        value = value[0] if len(value) else ""
    return " ".join(str(value).replace("\0", "").split()) or None


def _int(header: Dataset, keyword: str) -> int | None:
    number = _float(header, keyword)
    return int(number) if number is not None and abs(number) < 2**53 else None


def _float(header: Dataset, keyword: str) -> float | None:
    try:
        number = float(_text(header, keyword) or "")
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _date(header: Dataset, keyword: str) -> str | None:
    """A DA value as ISO 8601; None where it is empty or no date."""
    text = _text(header, keyword) or ""
    if not re.fullmatch(r"\d{8}", text):
        return None
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _age(header: Dataset) -> int | None:
    """Patient's Age (0010,1010) in whole years, 90 for all over 89."""
    found = _AGE.fullmatch(_text(header, "PatientAge") or "")
    if not found:
        return None
    return min(int(int(found[1]) * _DAYS[found[2]] / _DAYS["Y"]), _OLDEST)
