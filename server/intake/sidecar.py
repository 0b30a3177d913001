"""The sidecar: everything of a clean header, beside its file, as the DICOM JSON model (PS3.18 F), binary values left out.

Plain values are read from their bytes, and remembered: the files of a series have most of theirs in common. pydicom
converts the others.
"""

import contextlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from struct import calcsize, iter_unpack
from typing import Any, BinaryIO

import orjson
from pydicom import Dataset
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag
from pydicom.values import convert_SQ

from obia.server.intake.runs import read_plain_items

Json = dict[str, Any]

_TERMS = frozenset(("AS", "CS", "DA", "DT", "TM", "UI"))
_TEXTS = frozenset(("LO", "SH", "UC"))  # each value of these may be padded
_WHOLE = frozenset(("LT", "ST", "UT", "UR"))
_BINARY = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_WORDS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_NUMBERS: dict[str, Callable[[str], object]] = {"DS": float, "IS": int}
_PLAIN = _TERMS | _TEXTS | _WHOLE | _NUMBERS.keys() | {"PN"}
_OF_A_NAME = re.compile(r"[=\\ ]")  # what parts a name from others, or from itself in other letters, and what pads
_NUMERIC = re.compile(r"[0-9+\-.eE \\]+")
_DIGITS = 16  # characters of a DS, 12 of an IS (PS3.5 section 6.2): more is left to pydicom
_REMEMBERED = 2048  # elements
_LONGEST = 1024  # bytes of the value of one that is remembered


def write(header: Dataset, target: BinaryIO) -> None:
    """Write a header's sidecar."""
    target.write(as_json(header))


def as_json(header: Dataset) -> bytes:
    """A header in the DICOM JSON model; what cannot be expressed in it is left out."""
    elements = list(header.values())  # what must be converted is put in an element's place
    return b"{%b}" % b",".join(filter(None, [_member(header, each) for each in elements]))


def _member(header: Dataset, element: DataElement | RawDataElement) -> bytes | None:
    """An element as a member of a JSON object; None where JSON cannot hold it."""
    if isinstance(element, RawDataElement):
        plain = (_remembered if len(element.value or b"") <= _LONGEST else _plain)(element)
        if plain is not None:
            return plain
        if element.VR == "SQ":
            with contextlib.suppress(Exception):
                element = header[element.tag]
    if isinstance(element, RawDataElement) or element.VR != "SQ":
        return _converted(header, element.tag)
    return _named(element.tag, _sequence([as_json(each) for each in element.value or ()]))


def _plain(element: RawDataElement) -> bytes | None:
    """What an element is in JSON, where its bytes say it; None for what pydicom must convert."""
    vr = element.VR or _standard_vr(element.tag)
    if not element.is_little_endian or vr is None:
        return None
    if vr == "SQ":
        return _plain_items(element)
    found = _read(vr, element.value or b"")
    return None if found is None else _named(element.tag, orjson.dumps(found))


@lru_cache(_REMEMBERED)
def _standard_vr(tag: BaseTag) -> str | None:
    """The VR of an element in an implicit file, where its tag alone says it."""
    vr = None if tag.is_private or tag not in DicomDictionary else dictionary_VR(tag)
    return None if vr is None or " or " in vr else vr


def _plain_items(element: RawDataElement) -> bytes | None:
    items = []
    with contextlib.suppress(Exception):  # bytes of anyone: pydicom raises whatever it trips over
        for item in _items(element):
            members = [_plain(each) if isinstance(each, RawDataElement) else None for each in item]
            if None in members:
                return None
            items.append(b"{%b}" % b",".join(filter(None, members)))
        return _named(element.tag, _sequence(items))
    return None


def _items(sequence: RawDataElement) -> Iterable[Iterable[DataElement | RawDataElement]]:
    """The elements of each item."""
    items = read_plain_items(sequence)
    if items is not None:
        return [each.values() for each in items]
    parsed = convert_SQ(sequence.value or b"", sequence.is_implicit_VR, sequence.is_little_endian)
    return [each.values() for each in parsed]


def _sequence(items: list[bytes]) -> bytes:
    return b'{"vr":"SQ","Value":[%b]}' % b",".join(items)


def _named(tag: int, value: bytes) -> bytes:
    return b'"%08X":%b' % (tag, value)


_remembered = lru_cache(_REMEMBERED)(_plain)


def _read(vr: str, value: bytes) -> Json | None:
    if vr in _BINARY:
        return {"vr": vr, "BulkDataURI": ""} if value else {"vr": vr}
    if vr in _WORDS:
        form = f"<{_WORDS[vr]}"
        return None if len(value) % calcsize(form) else _valued(vr, [number for (number,) in iter_unpack(form, value)])
    return _read_text(vr, value.decode("ascii")) if value.isascii() and b"\x1b" not in value else None


def _read_text(vr: str, text: str) -> Json | None:
    text = text.rstrip(" \0")
    if not text:
        return {"vr": vr} if vr in _PLAIN else None
    if vr in _WHOLE:
        return _valued(vr, [text])
    if vr == "PN":
        return None if _OF_A_NAME.search(text) else _valued(vr, [{"Alphabetic": text}])
    values = text.split("\\")
    if vr in _TERMS:
        return _valued(vr, values)
    if vr in _TEXTS:
        return _valued(vr, [each.rstrip(" \0") for each in values])
    if vr in _NUMBERS and _NUMERIC.fullmatch(text) and all(len(each) <= _DIGITS for each in values):
        try:
            return _valued(vr, [_NUMBERS[vr](each) for each in values])
        except ValueError:
            return None
    return None


def _valued(vr: str, values: list[Any]) -> Json:
    return {"vr": vr, "Value": values} if values else {"vr": vr}


def _converted(header: Dataset, tag: int) -> bytes | None:
    """What pydicom makes of one element; None where it cannot."""
    try:
        return _named(tag, orjson.dumps(header[tag].to_json_dict(lambda _: "", 1)))  # no integer of more than 64 bits
    except Exception:  # a value of anyone: pydicom raises whatever it trips over
        return None
