"""Fitting: values brought under the VR the standard's dictionary gives them, or refused."""

import struct

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.dummies import raw
from obia.plugins.deid_ctp.dicom.elements import TEXT, Item

_INTEGERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q"}


def fitted(element: RawDataElement, known: str, item: Item) -> RawDataElement | None:
    """Return an element whose VR is the dictionary's; None where it cannot be read as that."""
    vr = element.VR
    options = known.split(" or ")
    if vr is None or vr == known or vr in options:
        return element if vr is not None else element._replace(VR=known)
    value = element.value or b""
    if vr == "UN":
        is_readable = item.is_little and len(options) == 1 and known != "SQ"  # UN is little endian whatever the file
        return element._replace(VR=known) if is_readable else None
    if vr in TEXT and known in TEXT:
        return element._replace(VR=known)
    if vr in _INTEGERS and options[0] in _INTEGERS:
        return _recoded(element, value, vr, options[0], item)
    return None


def _recoded(element: RawDataElement, value: bytes, vr: str, known: str, item: Item) -> RawDataElement | None:
    order = "<" if item.is_little else ">"
    try:
        numbers = struct.unpack(f"{order}{len(value) // struct.calcsize(_INTEGERS[vr])}{_INTEGERS[vr]}", value)
        return raw(element.tag, known, struct.pack(f"{order}{len(numbers)}{_INTEGERS[known]}", *numbers), item)
    except struct.error:
        return None
