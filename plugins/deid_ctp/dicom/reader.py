"""Reading: the bytes of a file as a tree of raw elements, up to the pixels; what follows them as raw elements too."""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from obia import Code
from obia.plugins.deid_ctp.dicom.charsets import Charset
from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET, LONG_FORM, MAX_DEPTH, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.outcome import Unreadable

IMPLICIT, BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
EXPLICIT = "1.2.840.10008.1.2.1"
PIXELS = 0x7FE00010
SYNTAX = 0x00020010
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_MAX_INFLATED = 2 * 1024**3  # bytes; a deflated header beyond is no header
_VR = re.compile(rb"[A-Z]{2}")

CharsetOf = Callable[[bytes], Charset]


@dataclass(slots=True)
class Read:
    """A file: its preamble, file meta, header, the pixel element as it lies, and the elements behind it."""

    preamble: bytes
    meta: Item
    syntax: str
    root: Item
    pixels: bytes | memoryview
    tail: list[Element]


def read(source: bytes, charset_of: CharsetOf, default: Charset) -> Read:
    """Read a file. Raises Unreadable, also TOO_DEEP; and what `charset_of` raises."""
    try:
        return _read(source, charset_of, default)
    except (struct.error, IndexError, ValueError, zlib.error):
        raise Unreadable("it ends early or is no DICOM file") from None


def read_items(value: bytes, parent: Item, charset_of: CharsetOf) -> list[Item]:
    """Read the items of a sequence that came as bytes of VR UN. Raises Unreadable."""
    branch = Branch(0, [])
    try:
        _Reader(value, True, True, charset_of).items(parent, branch, 0, len(value))
    except (struct.error, IndexError, ValueError):
        raise Unreadable("a sequence of VR UN cannot be read") from None
    return branch.items


def read_element(source: bytes, item: Item, charset_of: CharsetOf) -> Element:
    """Read the one element that bytes hold, as one of an item. Raises Unreadable."""
    try:
        _Reader(source, item.is_implicit, item.is_little, charset_of).element(item, 0, len(source))
    except (struct.error, IndexError, ValueError):
        raise Unreadable("one of its elements cannot be read") from None
    return item.elements.pop()


def _read(source: bytes, charset_of: CharsetOf, default: Charset) -> Read:
    has_preamble = source[128:132] == b"DICM"
    at = 132 if has_preamble else 0
    meta = Item(None, default, False, True)
    reader = _Reader(source, False, True, charset_of)
    while source[at : at + 2] == b"\2\0":
        at = reader.element(meta, at, len(source))
    syntax = meta.text(SYNTAX) or ""
    if not syntax:
        syntax = _guessed(source, at)
    if syntax == DEFLATED:
        source, at = _inflated(source[at:]), 0
    reader = _Reader(source, syntax == IMPLICIT, syntax != BIG_ENDIAN, charset_of)
    root = Item(None, default, syntax == IMPLICIT, syntax != BIG_ENDIAN)
    tail = Item(None, default, root.is_implicit, root.is_little)
    pixels: bytes | memoryview = b""
    while at < len(source):
        tag = reader.tag(at)
        if tag == 0 and not source[at:].strip(b"\0"):
            break  # zeros behind the last element are no element
        if not pixels and tag == PIXELS:
            end = reader.end(at)
            pixels, at = memoryview(source)[at:end], end
        else:
            at = reader.element(tail if pixels else root, at, len(source))
    if not root.elements:
        raise Unreadable("it holds no element")
    return Read(source[:128] if has_preamble else bytes(128), meta, syntax, root, pixels, tail.elements)


def _guessed(source: bytes, at: int) -> str:
    """The transfer syntax of a header that no file meta describes: what its first element looks like."""
    if not re.match(rb"[\x02\x04\x08\x0a]\0", source[at : at + 2]):
        raise Unreadable("it is no DICOM file")
    return EXPLICIT if _VR.fullmatch(source[at + 4 : at + 6]) else IMPLICIT


def _inflated(source: bytes) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    header = inflater.decompress(source, _MAX_INFLATED)
    if inflater.unconsumed_tail:
        raise Unreadable("it inflates beyond measure", Code.TOO_LARGE)
    return header


class _Reader:
    """Reads elements of one encoding, one after the other."""

    __slots__ = ("charset_of", "is_implicit", "is_little", "longs", "shorts", "source", "tags")

    def __init__(self, source: bytes, is_implicit: bool, is_little: bool, charset_of: CharsetOf) -> None:
        self.source = source
        self.is_implicit = is_implicit
        self.is_little = is_little
        self.charset_of = charset_of
        order = "<" if is_little else ">"
        self.tags = struct.Struct(f"{order}HH")
        self.longs = struct.Struct(f"{order}I")
        self.shorts = struct.Struct(f"{order}H")

    def tag(self, at: int) -> int:
        """The tag that lies there."""
        group, element = self.tags.unpack_from(self.source, at)
        return int(group) << 16 | int(element)

    def element(self, item: Item, at: int, end: int) -> int:
        """Read one element into an item; return where the next begins."""
        tag, vr, length, at = self._head(at)
        if length == _UNDEFINED:
            return self._undefined(item, tag, vr, at, end)
        after = at + length
        if after > end:
            raise Unreadable("one of its elements ends beyond it")
        if vr == "SQ":
            branch = Branch(tag, [])
            self.items(item, branch, at, after)
            item.elements.append(branch)
            return after
        value = self.source[at:after]
        if tag == CHARACTER_SET:
            item.charset = self.charset_of(value)
        element = RawDataElement(BaseTag(tag), vr, length, value, 0, self.is_implicit, self.is_little)
        item.elements.append(element)
        return after

    def end(self, at: int) -> int:
        """Where an element of bytes ends, none of which is copied."""
        _, _, length, at = self._head(at)
        if length == _UNDEFINED:
            return self._fragments(at, len(self.source))
        if at + length > len(self.source):
            raise Unreadable("its pixels end early", Code.TRUNCATED)
        return at + length

    def _head(self, at: int) -> tuple[int, str, int, int]:
        """Read tag, VR and length; say where the value begins."""
        tag = self.tag(at)
        if self.is_implicit or tag >> 16 == 0xFFFE:
            return tag, _implicit_vr(tag), int(self.longs.unpack_from(self.source, at + 4)[0]), at + 8
        code = self.source[at + 4 : at + 6]
        if not _VR.fullmatch(code):
            raise Unreadable("one of its elements has no VR")
        vr = code.decode("ascii")
        if vr in LONG_FORM:
            return tag, vr, int(self.longs.unpack_from(self.source, at + 8)[0]), at + 12
        return tag, vr, int(self.shorts.unpack_from(self.source, at + 6)[0]), at + 8

    def _undefined(self, item: Item, tag: int, vr: str, at: int, end: int) -> int:
        """Read what ends at a delimiter: a sequence, or the fragments of pixels."""
        if vr in ("OB", "OW"):
            after = self._fragments(at, end)
            value = self.source[at:after]
            item.elements.append(
                RawDataElement(BaseTag(tag), vr, _UNDEFINED, value, 0, self.is_implicit, self.is_little)
            )
            return after
        branch = Branch(tag, [])
        item.elements.append(branch)
        reader = self if vr == "SQ" or self.is_implicit else self._of_unknown()
        return reader.items(item, branch, at, None)

    def _of_unknown(self) -> "_Reader":
        """A sequence of VR UN is implicit little endian, whatever the file is (PS3.5 6.2.2 note 2)."""
        return _Reader(self.source, True, True, self.charset_of)

    def _fragments(self, at: int, end: int) -> int:
        while True:
            tag, length = self.tag(at), int(self.longs.unpack_from(self.source, at + 4)[0])
            at += 8
            if tag == _SEQUENCE_END:
                return at
            if tag != _ITEM or at + length > end:
                raise Unreadable("its pixels end early", Code.TRUNCATED)
            at += length

    def items(self, parent: Item, branch: Branch, at: int, end: int | None) -> int:
        """Read items up to `end`, or to the delimiter where there is none."""
        if parent.depth >= MAX_DEPTH:
            raise Unreadable(f"its sequences nest deeper than {MAX_DEPTH}", Code.TOO_DEEP)
        while end is None or at < end:
            tag, length = self.tag(at), int(self.longs.unpack_from(self.source, at + 4)[0])
            at += 8
            if tag == _SEQUENCE_END:
                return at
            if tag != _ITEM:
                raise Unreadable("one of its sequences holds what is no item")
            item = Item(parent, parent.charset, self.is_implicit, self.is_little)
            at = self._item(item, at, None if length == _UNDEFINED else at + length)
            branch.items.append(item)
        return at

    def _item(self, item: Item, at: int, end: int | None) -> int:
        limit = len(self.source) if end is None else end
        if limit > len(self.source):
            raise Unreadable("one of its items ends beyond it")
        while end is None or at < end:
            if self.tag(at) == _ITEM_END:
                return at + 8
            at = self.element(item, at, limit)
        return at


def _implicit_vr(tag: int) -> str:
    if tag & 0x10000:
        return "LO" if 0x0010 <= tag & 0xFFFF <= 0x00FF else "UN"
    if tag & 0xFFFF == 0:
        return "UL"
    return _preferred(standard_vr(tag) or "UN")


def _preferred(vr: str) -> str:
    """Of the standard's `OB or OW` the one that implicit files have; of `US or SS` the first."""
    return "OW" if vr.endswith("OW") else vr.split(" or ", maxsplit=1)[0]
