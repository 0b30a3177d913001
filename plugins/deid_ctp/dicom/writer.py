"""Writing: a tree of raw elements back as bytes, in the transfer syntax it was read in."""

import struct
import zlib
from collections.abc import Iterable

from obia.plugins.deid_ctp.dicom.elements import LONG_FORM, Branch, Element, Item
from obia.plugins.deid_ctp.dicom.reader import DEFLATED, Read

_UNDEFINED = 0xFFFFFFFF
_MOST_SHORT = 0xFFFF  # bytes of a value whose length has two bytes
IMPLEMENTATION = "2.25.211830184561391736542880973302846593217"  # drawn once, for this implementation
_CLASS, _INSTANCE = 0x00080016, 0x00080018
_short, _group_length = struct.Struct("<HH2sH").pack, struct.Struct("<HH2sHI").pack
_VERSION = struct.pack("<HH2sxxI", 2, 1, b"OB", 2) + b"\0\1"


def write(read: Read, root: Item, tail: Iterable[Element]) -> bytes:
    """Write a whole file: file meta built anew, the header, the pixels as they lie, what follows them."""
    body = (elements_bytes(root.elements, root), read.pixels, elements_bytes(tail, root))
    if read.syntax == DEFLATED:
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        deflated = deflater.compress(b"".join(body)) + deflater.flush()
        body = (deflated, bytes(len(deflated) % 2), b"")
    return b"".join((bytes(128), b"DICM", _meta(read, root), *body))


def _meta(read: Read, root: Item) -> bytes:
    sop_class = root.text(_CLASS) or read.meta.text(0x00020002) or ""
    return file_meta(
        sop_class.encode("latin-1", "replace"), (root.text(_INSTANCE) or "").encode("latin-1", "replace"), read.syntax
    )


def file_meta(sop_class: bytes, instance: bytes, syntax: str) -> bytes:
    """The file meta of a new instance: nothing of the original's but its class and its transfer syntax."""
    body = _VERSION
    for number, value in ((0x0002, sop_class), (0x0003, instance), (0x0010, syntax.encode("latin-1", "replace"))):
        body += _named(number, value)
    body += _OURS
    return _group_length(2, 0, b"UL", 4, len(body)) + body


def _named(number: int, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    return _short(2, number, b"UI", len(value)) + value


_OURS = _named(0x0012, IMPLEMENTATION.encode("ascii"))


def elements_bytes(elements: Iterable[Element], item: Item) -> bytes:
    """The bytes of elements, in the encoding of the item that holds them."""
    order = "<" if item.is_little else ">"
    return b"".join([_element(element, item, order) for element in elements])


def _element(element: Element, item: Item, order: str) -> bytes:
    if isinstance(element, Branch):
        is_foreign = any(each.is_implicit != item.is_implicit for each in element.items)
        return _branch(element, item, order, "UN" if is_foreign else "SQ")
    value, vr = element.value or b"", element.VR or "UN"
    length = _UNDEFINED if element.length == _UNDEFINED else len(value)
    if len(value) % 2:
        value, length = value + b"\0", len(value) + 1
    return _head(int(element.tag), vr, length, item.is_implicit, order) + value


def _branch(branch: Branch, item: Item, order: str, vr: str) -> bytes:
    """A sequence ends at a delimiter where it was UN in an explicit file, and so is implicit within."""
    pieces = []
    for each in branch.items:
        inner = "<" if each.is_little else ">"
        value = elements_bytes(each.elements, each)
        pieces.append(struct.pack(f"{inner}HHI", 0xFFFE, 0xE000, len(value)) + value)
    value = b"".join(pieces)
    if vr == "SQ":
        return _head(int(branch.tag), vr, len(value), item.is_implicit, order) + value
    ended = value + struct.pack(f"{order}HHI", 0xFFFE, 0xE0DD, 0)
    return _head(int(branch.tag), vr, _UNDEFINED, item.is_implicit, order) + ended


def _head(tag: int, vr: str, length: int, is_implicit: bool, order: str) -> bytes:
    group, number = tag >> 16, tag & 0xFFFF
    if is_implicit:
        return struct.pack(f"{order}HHI", group, number, length)
    if vr not in LONG_FORM and length > _MOST_SHORT:
        vr = "UN"
    if vr in LONG_FORM:
        return struct.pack(f"{order}HH2sxxI", group, number, vr.encode("ascii"), length)
    return struct.pack(f"{order}HH2sH", group, number, vr.encode("ascii"), length)
