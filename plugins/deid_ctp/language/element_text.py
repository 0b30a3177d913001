"""Values: an element's value as the text a script sees, which is how Java and dcm4che write it."""

import struct
from collections.abc import Callable

from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.dicom.private_vrs import private_vr
from obia.plugins.deid_ctp.language.java_text import double_text, float_text

_PADDING = " \0"
_BOTH_ENDS = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "SH", "TM", "UC", "UI"))
_NUMBERS: dict[str, tuple[str, int, Callable[[float], str]]] = {
    "US": ("H", 2, str),
    "SS": ("h", 2, str),
    "UL": ("I", 4, str),
    "SL": ("i", 4, str),
    "UV": ("Q", 8, str),
    "SV": ("q", 8, str),
    "FL": ("f", 4, float_text),
    "OF": ("f", 4, float_text),
    "FD": ("d", 8, double_text),
    "OD": ("d", 8, double_text),
    "OW": ("H", 2, lambda number: f"{int(number):04X}"),
    "OL": ("I", 4, lambda number: f"{int(number):08X}"),
}
_BYTES = tuple(f"{byte:02X}" for byte in range(256))


def value_text(item: Item, element: Element) -> str | None:
    """The text of an element of an item, its values joined by backslashes; None for a sequence.

    Text is trimmed as its VR asks; US and its like are decimal, FL and FD as Java's toString(), bytes as `44\\6F`.
    A private element of VR UN is read under the VR that its creator's dictionary gives it.
    """
    if isinstance(element, Branch):
        return None
    value = element.value or b""
    vr = effective_vr(item, element)
    if vr in _NUMBERS:
        return _numbers(value, vr, item.is_little)
    if vr == "AT":
        return _tags(value, item.is_little)
    if vr in ("OB", "UN", "SQ", "OV"):
        return "\\".join([_BYTES[byte] for byte in value])
    return trimmed(item.charset.decode(value), vr)


def effective_vr(item: Item, element: Element) -> str:
    """The VR an element is read under: its own, else its creator's, else the standard's first."""
    vr = element.VR
    if vr is not None and (vr != "UN" or not element.tag & 0x10000):
        return vr
    if element.tag & 0x10000:
        return private_vr(item, int(element.tag)) or "UN"
    return (standard_vr(element.tag) or "UN").split(" or ")[0]


def trimmed(text: str, vr: str) -> str:
    """Remove the padding of each value: at both ends, or only behind where leading spaces mean something."""
    if vr in _BOTH_ENDS:
        return (
            text.strip(_PADDING) if "\\" not in text else "\\".join([each.strip(_PADDING) for each in text.split("\\")])
        )
    if vr == "PN":
        return "\\".join([each.rstrip(" \0^") for each in text.split("\\")])
    return text.rstrip(_PADDING)


def _numbers(value: bytes, vr: str, is_little: bool) -> str:
    code, size, write = _NUMBERS[vr]
    count = len(value) // size
    numbers = struct.unpack(f"{'<' if is_little else '>'}{count}{code}", value[: count * size])
    return "\\".join([write(number) for number in numbers])


def _tags(value: bytes, is_little: bool) -> str:
    count = len(value) // 4
    halves = struct.unpack(f"{'<' if is_little else '>'}{count * 2}H", value[: count * 4])
    return "\\".join([f"{halves[at]:04X}{halves[at + 1]:04X}" for at in range(0, count * 2, 2)])
