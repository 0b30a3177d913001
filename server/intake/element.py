"""Data elements as bytes (PS3.5 section 7): where one begins and ends, found without recursion and without copies."""

from functools import cache
from struct import Struct
from typing import NamedTuple

from pydicom._dicom_dict import DicomDictionary
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from obia.schema.errors import Code, Rejected
from obia.server.intake.source import Source

UNDEFINED = 0xFFFFFFFF
PIXELS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG = frozenset(str(vr).encode() for vr in EXPLICIT_VR_LENGTH_32)
_IMPLICIT = {True: Struct("<HHL").unpack_from, False: Struct(">HHL").unpack_from}
_EXPLICIT = {True: Struct("<HH2sH").unpack_from, False: Struct(">HH2sH").unpack_from}
_LENGTH = {True: Struct("<L").unpack_from, False: Struct(">L").unpack_from}


class Syntax(NamedTuple):
    """How elements are written."""

    is_implicit: bool
    is_little: bool


class Count:
    """How many of something a file may still have."""

    __slots__ = ("_limit", "_what", "left")

    def __init__(self, limit: int, what: str) -> None:
        self._limit = limit
        self._what = what
        self.left = limit

    def take(self, number: int = 1) -> None:
        """Count some. Raises Rejected TOO_LARGE."""
        self.left -= number
        if self.left < 0:
            raise Rejected(f"it has more than {self._limit} {self._what}", Code.TOO_LARGE)


class Element(NamedTuple):
    """An element's header: tag, VR where it is written, length, and where its value begins."""

    tag: int
    vr: str | None
    length: int
    value: int

    @property
    def end(self) -> int:
        """Where a value of defined length ends."""
        return self.value + self.length


def element_at(source: Source, at: int, syntax: Syntax) -> Element:
    """Read an element's header; a VR that is no VR means implicit (some writers switch inside sequences)."""
    head = source.head(at + 8)
    if not syntax.is_implicit:
        group, number, vr, length = _EXPLICIT[syntax.is_little](head, at)
        if b"AA" <= vr <= b"ZZ":
            if vr in _LONG:
                (length,) = _LENGTH[syntax.is_little](source.head(at + 12), at + 8)
                return Element(group << 16 | number, vr.decode("ascii"), length, at + 12)
            return Element(group << 16 | number, vr.decode("latin-1"), length, at + 8)
    group, number, length = _IMPLICIT[syntax.is_little](head, at)
    return Element(group << 16 | number, None, length, at + 8)


def item_at(source: Source, at: int, syntax: Syntax) -> tuple[int, int]:
    """Read the tag and length of an item or a delimiter."""
    group, number, length = _IMPLICIT[syntax.is_little](source.head(at + 8), at)
    return group << 16 | number, length


def item_syntax(source: Source, at: int, syntax: Syntax) -> Syntax:
    """Items of an explicit data set may be implicit (PS3.5 6.2.2), never the other way round."""
    vr = source.peek(at + 4, 2)
    return syntax if vr.isalpha() and vr.isupper() else Syntax(True, syntax.is_little)


def is_sequence(element: Element) -> bool:
    """Whether an element holds items: by its VR, by the dictionary, or as UN of undefined length (PS3.5 6.2.2)."""
    if element.vr == "SQ":
        return True
    if element.vr in (None, "UN"):
        return (element.length == UNDEFINED and element.tag not in PIXELS) or element.tag in sequence_tags()
    return False


def sequence_end(source: Source, element: Element, syntax: Syntax, depth: int, count: Count) -> int:
    """Find where a sequence ends, its delimiter included. Raises Rejected for what is malformed, cut, too deep or many.

    Reading it later takes one Python call per level and an object per item, so that a bomb must be found before.
    """
    if element.length != UNDEFINED:
        source.head(element.end)
    levels = [_Level(is_sequence=True, end=_end(element), syntax=syntax)]
    at = element.value
    while levels:
        level = levels[-1]
        if at == level.end:
            levels.pop()
        elif level.end is not None and at > level.end:
            raise _malformed("an item is longer than its sequence")
        elif level.is_sequence:
            count.take()
            at = _enter_item(source, at, levels, level)
        else:
            at = _enter_element(source, at, levels, level, depth, count)
    return at


def fragments_end(source: Source, at: int, is_little: bool, count: Count | None = None) -> int:
    """Find where encapsulated fragments end (PS3.5 A.4), the delimiter included; only item headers are read."""
    while True:
        if count:
            count.take()
        header = source.peek(at, 8)
        if len(header) < 8:
            raise Rejected("the file ends inside its pixels; send the whole file", Code.TRUNCATED)
        group, number, length = _IMPLICIT[is_little](header)
        at += 8
        tag = group << 16 | number
        if tag == SEQUENCE_END:
            return at
        if tag != ITEM or length == UNDEFINED:
            raise _malformed("encapsulated data hold something else than fragments")
        at += length


class _Level(NamedTuple):
    is_sequence: bool
    end: int | None
    syntax: Syntax


def _end(element: Element) -> int | None:
    return None if element.length == UNDEFINED else element.end


def _enter_item(source: Source, at: int, levels: list[_Level], level: _Level) -> int:
    tag, length = item_at(source, at, level.syntax)
    at += 8
    if tag == SEQUENCE_END and level.end is None:
        levels.pop()
    elif tag == ITEM:
        end = None if length == UNDEFINED else at + length
        if length:
            levels.append(_Level(False, end, item_syntax(source, at, level.syntax)))
    else:
        raise _malformed("a sequence holds something else than items")
    return at


def _enter_element(source: Source, at: int, levels: list[_Level], level: _Level, depth: int, count: Count) -> int:
    count.take()
    element = element_at(source, at, level.syntax)
    if element.tag == ITEM_END and level.end is None:
        levels.pop()
        return element.value
    if element.tag >> 16 == 0xFFFE:
        raise _malformed("a delimiter stands where an element should")
    if is_sequence(element):
        if len(levels) >= 2 * depth:  # a sequence and its item are two levels
            raise Rejected(f"its sequences are nested more than {depth} deep", Code.TOO_DEEP)
        levels.append(_Level(True, _end(element), level.syntax))
        return element.value
    if element.length == UNDEFINED:
        return fragments_end(source, element.value, level.syntax.is_little, count)
    source.head(element.end)
    return element.end


def _malformed(what: str) -> Rejected:
    return Rejected(f"{what}; send the file as its device wrote it", Code.UNREADABLE)


@cache
def sequence_tags() -> frozenset[int]:
    """The tags that the dictionary calls sequences."""
    return frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ")
