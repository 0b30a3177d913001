"""Runs: most elements of a header are short, plain and in memory already; they are read here, fast.

What needs care (a sequence, a long or undefined length, a group that is not the data set's, the end) ends the run.

An element whose bytes are those of one before it is the very same object, in whichever file it stands: images of a
series have most of theirs in common, and who comes after reading need not look twice. So `value_tell`, where a value
stands in its file, is 0 in all of them.
"""

from collections.abc import Iterable, MutableMapping
from itertools import pairwise
from struct import Struct

from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.tag import BaseTag
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

from obia.schema.forgetting import when_forgetting
from obia.server.intake.element import UNDEFINED, sequence_tags

Elements = MutableMapping[BaseTag, DataElement | RawDataElement]

_ITEM = b"\xfe\xff\x00\xe0"
_SHORT = {str(vr).encode(): str(vr) for vr in VR if len(vr) == 2 and vr not in EXPLICIT_VR_LENGTH_32}
_CAREFUL = frozenset((0x0000, 0x0002, 0x7FE0, 0xFFFE))
_BOTH = (False, True)
_EXPLICIT = {True: Struct("<HH2sH").unpack_from, False: Struct(">HH2sH").unpack_from}
_IMPLICIT = {True: Struct("<HHL").unpack_from, False: Struct(">HHL").unpack_from}
_new = tuple.__new__  # a third of the time of the named tuple's own constructor
_MOST, _LONGEST = 2048, 512  # elements that are remembered, and bytes of one
_known: dict[tuple[bool, bool], dict[bytes, RawDataElement]] = {(one, two): {} for one in _BOTH for two in _BOTH}


def read_explicit_run(head: bytes, at: int, is_little: bool, elements: Elements, most: int) -> tuple[int, int]:
    """Read elements with a written VR and a short length; return where the run ends, and how many they are."""
    unpack, size, read, known = _EXPLICIT[is_little], len(head), 0, _known[False, is_little]
    while at + 8 <= size and read < most:
        group, number, code, length = unpack(head, at)
        end = at + 8 + length
        if (element := known.get(head[at:end])) is None:
            vr = _SHORT.get(code)
            if vr is None or end > size or group in _CAREFUL:
                break
            value = head[at + 8 : end] if length else empty_value_for_VR(vr, raw=True)
            element = _new(
                RawDataElement, (tag_of(group << 16 | number), vr, length, value, 0, False, is_little, True, False)
            )
            _remember(known, head[at:end], element)
        elements[element.tag] = element
        at, read = end, read + 1
    return at, read


def read_implicit_run(head: bytes, at: int, is_little: bool, elements: Elements, most: int) -> tuple[int, int]:
    """Read elements without a written VR that are no sequences; return where the run ends, and how many they are."""
    unpack, size, read, known = _IMPLICIT[is_little], len(head), 0, _known[True, is_little]
    sequences = sequence_tags()
    while at + 8 <= size and read < most:
        group, number, length = unpack(head, at)
        end = at + 8 + length
        if length > _LONGEST or (element := known.get(head[at:end])) is None:
            tag = group << 16 | number
            if length == UNDEFINED or end > size or group in _CAREFUL or tag in sequences:
                break
            value = head[at + 8 : end] if length else None
            element = _new(RawDataElement, (tag_of(tag), None, length, value, 0, True, is_little, True, False))
            _remember(known, head[at:end], element)
        elements[element.tag] = element
        at, read = end, read + 1
    return at, read


def read_plain_items(sequence: RawDataElement) -> list[Elements] | None:
    """Read the items of a sequence, where they are of defined length, and their elements all of a run, in order; else
    None."""
    value, items, at = sequence.value or b"", list[Elements](), 0
    while at < len(value):
        end = at + 8 + int.from_bytes(value[at + 4 : at + 8], "little")
        if sequence.is_implicit_VR or value[at : at + 4] != _ITEM or end > len(value):
            return None
        elements: Elements = {}
        read_to, read = read_explicit_run(value[at + 8 : end], 0, True, elements, end)
        if read_to != end - at - 8 or read != len(elements) or not _is_ascending(map(int, elements)):
            return None
        items.append(elements)
        at = end
    return items


def _is_ascending(tags: Iterable[int]) -> bool:
    return all(one < next_ for one, next_ in pairwise(tags))


def tag_of(number: int) -> BaseTag:
    """A tag as pydicom has it, each the same object: two of them are slow to compare."""
    found = _tags.get(number)
    if found is None:
        if len(_tags) >= _MOST:
            _tags.clear()
        found = _tags[number] = int.__new__(BaseTag, number)
    return found


_tags: dict[int, BaseTag] = {}


@when_forgetting
def _forget() -> None:
    for known in _known.values():
        known.clear()


def _remember(known: dict[bytes, RawDataElement], piece: bytes, element: RawDataElement) -> None:
    if len(piece) <= _LONGEST:
        if len(known) >= _MOST:
            known.clear()
        known[piece] = element
