"""Dummies: values that say nothing, of every VR (PS3.15 action D)."""

import struct
from collections.abc import Mapping, Sequence

from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item, standard_vr

WORD = "REMOVED"
_TEXTS = {
    "AS": "000Y",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "DS": "0",
    "IS": "0",
    "UI": "2.25.0",
    "UR": "urn:removed",
}
_CODES = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}

_Value = str | bytes | tuple[float, ...] | Sequence["_Content"]
_Content = Mapping[int, "_Value"]

_CODE: _Content = {0x00080100: WORD, 0x00080102: "99OBIA", 0x00080104: WORD}
_COMMENT: _Content = {0x00080100: "121106", 0x00080102: "DCM", 0x00080104: "Comment"}
_ITEMS: Mapping[int, _Content] = {
    0x00080082: _CODE,
    0x00081072: {0x00080080: WORD, 0x00401101: [_CODE]},
    0x00340001: {0x00340002: b"\0\0"},
    0x00401101: _CODE,
    0x0040A043: _CODE,
    0x0040A073: {0x0040A027: WORD, 0x0040A030: "19000101000000", 0x0040A075: WORD, 0x0040A088: []},
    0x0040A730: {0x0040A010: "CONTAINS", 0x0040A040: "TEXT", 0x0040A043: [_COMMENT], 0x0040A160: WORD},
    0x0040B020: {0x0040A0B0: (1, 0), 0x00700006: WORD},
    0x00700001: {
        0x00700002: WORD,
        0x00700008: [{0x00700004: "PIXEL", 0x00700006: WORD, 0x00700014: (0, 0), 0x00700015: "N"}],
    },
}


def dummy(tag: int, vr: str, item: Item) -> Element:
    """Return an element that says nothing, encoded as its item is."""
    return (
        _plain(tag, vr, _ITEMS.get(tag, {}), item)
        if vr == "SQ"
        else raw(tag, vr, _bytes(vr, _TEXTS.get(vr, WORD) if vr not in _CODES else (0,), item), item)
    )


def _plain(tag: int, vr: str, value: "_Value | _Content", item: Item) -> Element:
    """Return an element of content: a mapping is a sequence's one item, a list of them its items."""
    if vr != "SQ":
        assert isinstance(value, str | bytes | tuple)
        return raw(tag, vr, _bytes(vr, value, item), item)
    contents = [value] if isinstance(value, Mapping) else value
    made = []
    for content in contents:
        assert isinstance(content, Mapping)
        inner = Item(item, item.charset, item.is_implicit, item.is_little)
        inner.elements = [_plain(each, standard_vr(each) or "LO", of, inner) for each, of in content.items()]
        made.append(inner)
    return Branch(tag, made)


def raw(tag: int, vr: str, value: bytes, item: Item) -> RawDataElement:
    """Return an element of bytes, padded to even length as its VR asks."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    return RawDataElement(BaseTag(tag), vr, len(value), value, 0, item.is_implicit, item.is_little)


def _bytes(vr: str, value: str | bytes | tuple[float, ...], item: Item) -> bytes:
    if isinstance(value, tuple):
        kind = _CODES[vr]
        numbers = value if kind in "fd" else [int(each) for each in value]
        return struct.pack(f"{'<' if item.is_little else '>'}{len(value)}{kind}", *numbers)
    if vr in ("OB", "OW", "OL", "OV", "OF", "OD", "UN", "AT"):
        return value if isinstance(value, bytes) else bytes(8)
    return value if isinstance(value, bytes) else value.encode("ascii")
