"""The sidecar: everything of a clean header, beside its file, as the DICOM JSON model (PS3.18 F), binary values left out.

Plain values are read from their bytes, and remembered: the files of a series have most of theirs in common. pydicom
converts the others.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from struct import calcsize, iter_unpack
from typing import Any, BinaryIO

import orjson
from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement

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
_REMEMBERED = 4096  # values
_LONGEST = 256  # bytes of a value that is remembered


def write(header: Dataset, target: BinaryIO) -> None:
    """Write a header's sidecar."""
    target.write(orjson.dumps(as_json(header)))


def as_json(header: Dataset) -> Json:
    """A header in the DICOM JSON model; what cannot be expressed in it is left out."""
    found: Json = {}
    for tag, element in list(header.items()):  # what must be converted is put in an element's place
        plain = _plain(element)
        if plain is not None:
            found[f"{tag:08X}"] = plain
        else:
            found |= _converted(header, tag)
    return found


def _plain(element: DataElement | RawDataElement) -> Json | None:
    """What an element is in JSON, where its bytes say it; None for what pydicom must convert."""
    if isinstance(element, RawDataElement):
        value = element.value or b""
        if not element.is_little_endian or element.VR is None:
            return None
        return _remembered(element.VR, value) if len(value) <= _LONGEST else _read(element.VR, value)
    if element.VR == "SQ":
        return {"vr": "SQ", "Value": [as_json(each) for each in element.value or ()]}
    return None


def _read(vr: str, value: bytes) -> Json | None:
    if vr in _BINARY:
        return {"vr": vr, "BulkDataURI": ""} if value else {"vr": vr}
    if vr in _WORDS:
        form = f"<{_WORDS[vr]}"
        return None if len(value) % calcsize(form) else _valued(vr, [number for (number,) in iter_unpack(form, value)])
    return _read_text(vr, value.decode("ascii")) if value.isascii() and b"\x1b" not in value else None


_remembered = lru_cache(_REMEMBERED)(_read)


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


def _converted(header: Dataset, tag: int) -> Json:
    """What pydicom makes of one element; nothing where it cannot."""
    try:
        made = {f"{tag:08X}": header[tag].to_json_dict(lambda _: "", 1)}
        orjson.dumps(made)  # an integer may be longer than 64 bits
    except Exception:  # a value of anyone: pydicom raises whatever it trips over
        return {}
    return made
