"""Runs: most elements of a header are short, plain and in memory already; they are read here, fast.

What needs care (a sequence, a long or undefined length, a group that is not the data set's, the end) ends the run.
"""

from collections.abc import MutableMapping
from struct import Struct

from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.tag import BaseTag
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

from obia.server.intake.element import UNDEFINED, sequence_tags

Elements = MutableMapping[BaseTag, DataElement | RawDataElement]

_SHORT = {str(vr).encode(): str(vr) for vr in VR if len(vr) == 2 and vr not in EXPLICIT_VR_LENGTH_32}
_CAREFUL = frozenset((0x0000, 0x0002, 0x7FE0, 0xFFFE))
_EXPLICIT = {True: Struct("<HH2sH").unpack_from, False: Struct(">HH2sH").unpack_from}
_IMPLICIT = {True: Struct("<HHL").unpack_from, False: Struct(">HHL").unpack_from}
_new = tuple.__new__  # a third of the time of the named tuple's own constructor


def read_explicit_run(head: bytes, at: int, is_little: bool, elements: Elements, most: int) -> tuple[int, int]:
    """Read elements with a written VR and a short length; return where the run ends, and how many they are."""
    unpack, size, read = _EXPLICIT[is_little], len(head), 0
    while at + 8 <= size and read < most:
        group, number, code, length = unpack(head, at)
        vr, value_at = _SHORT.get(code), at + 8
        end = value_at + length
        if vr is None or end > size or group in _CAREFUL:
            break
        tag = int.__new__(BaseTag, group << 16 | number)
        value = head[value_at:end] if length else empty_value_for_VR(vr, raw=True)
        elements[tag] = _new(RawDataElement, (tag, vr, length, value, value_at, False, is_little, True, False))
        at, read = end, read + 1
    return at, read


def read_implicit_run(head: bytes, at: int, is_little: bool, elements: Elements, most: int) -> tuple[int, int]:
    """Read elements without a written VR that are no sequences; return where the run ends, and how many they are."""
    unpack, size, read, sequences = _IMPLICIT[is_little], len(head), 0, sequence_tags()
    while at + 8 <= size and read < most:
        group, number, length = unpack(head, at)
        value_at = at + 8
        end, number = value_at + length, group << 16 | number
        if length == UNDEFINED or end > size or group in _CAREFUL or number in sequences:
            break
        tag = int.__new__(BaseTag, number)
        value = head[value_at:end] if length else None
        elements[tag] = _new(RawDataElement, (tag, None, length, value, value_at, True, is_little, True, False))
        at, read = end, read + 1
    return at, read
