"""Putting: a new text as the bytes of a VR, refused where dcm4che 1.4 throws."""

import re
import struct

from obia.plugins.deid_ctp.dicom.charsets import Charset
from obia.plugins.deid_ctp.dicom.elements import SPOKEN, TEXT
from obia.plugins.deid_ctp.language.java_text import integer, real

_WHOLE = {"US": ("H", 16), "SS": ("h", 16), "UL": ("I", 32), "SL": ("i", 32)}
_REAL = {"FL": "f", "FD": "d"}
# SimpleDateFormat("yyyyMMdd"), lenient: four digits, two, and at least one; what follows is not read
_DATE = re.compile(r"\d{6}\s?\d", re.A)
_TIME = re.compile(r"\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d+)?)?)?", re.A)
_DATE_TIME = re.compile(r"\d{4}(?:\d{2}){0,5}(?:\.\d+)?(?:[+-]\d{4})?", re.A)
_HEX_TAG = re.compile(r"[0-9a-fA-F]{1,8}")


def put(text: str, vr: str, charset: Charset, is_little: bool) -> bytes | None:
    """Encode a text under a VR; None where the VR, or the character set, cannot take it."""
    if vr in TEXT:
        if not all(_is_fit(each, vr) for each in text.split("\\")):
            return None
        return charset.encode(text) if vr in SPOKEN else text.encode("latin-1", "replace")
    if vr == "SQ":
        return None
    if not text:
        return b""
    order = "<" if is_little else ">"
    values = text.split("\\")
    if vr in _WHOLE:
        code, bits = _WHOLE[vr]
        return _packed([_whole(each, bits) for each in values], order, code)
    if vr in _REAL:
        return _packed([_float(each, vr) for each in values], order, _REAL[vr])
    if vr == "AT":
        return _packed_tags(values, order)
    return None


def _is_fit(text: str, vr: str) -> bool:
    """Whether a date or a time can be read as one; nothing is asked of other VRs."""
    if not text:
        return True
    if vr == "DA":
        return all(_DATE.match(part) for part in (text.split("-", 1) if "-" in text else [text]))
    pattern = {"TM": _TIME, "DT": _DATE_TIME}.get(vr)
    if pattern is None:
        return True
    parts = text.split("-", 1) if vr == "TM" else [text]
    return all(not part or pattern.fullmatch(part) is not None for part in parts)


def _whole(text: str, bits: int) -> int | None:
    """A whole number of so many bits; a larger one loses its upper bits, as in Java."""
    number = integer(text, 32 if bits < 32 else 34)
    return None if number is None or number >= 1 << 32 else number & ((1 << bits) - 1)


def _float(text: str, vr: str) -> float | None:
    number = real(text)
    if number is None or vr == "FD":
        return number
    try:
        struct.pack("f", number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
    return number


def _packed(numbers: list[int | None] | list[float | None], order: str, code: str) -> bytes | None:
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return None
    return struct.pack(f"{order}{len(known)}{code.upper() if code in 'hi' else code}", *known)


def _packed_tags(values: list[str], order: str) -> bytes | None:
    if not all(_HEX_TAG.fullmatch(value) for value in values):
        return None
    tags = [int(value, 16) for value in values]
    return struct.pack(f"{order}{2 * len(tags)}H", *(half for tag in tags for half in (tag >> 16, tag & 0xFFFF)))
