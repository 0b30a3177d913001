"""Anatomy: where the elements of a DICOM file lie in its bytes, found without reading their values."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from obia.plugins.deid_ctp.dicom.elements import standard_vr
from obia.plugins.deid_ctp.dicom.file_meta import write_meta

IMPLICIT, DEFLATED, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
EXPLICIT = "1.2.840.10008.1.2.1"
PIXEL_DATA = 0x7FE00010
SYNTAX = 0x00020010
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF

_MAX_INFLATED = 1 << 29  # bytes: a deflated file that says more is a bomb
LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_PREAMBLE = 132  # bytes, "DICM" included


class Broken(Exception):
    """The bytes are no DICOM file whose elements can be found; its text says where they end to be one."""


@dataclass(frozen=True, slots=True)
class Span:
    """One element: where it begins, where its value begins and where it ends; `vr` is empty where the file says none."""

    tag: int
    vr: bytes
    begin: int
    value: int
    end: int
    is_undefined: bool = False


@dataclass(slots=True)
class Anatomy:
    """A file's meta information and the elements at its root; they lie in `body`, which is the file or what it inflates to,
    from `start` on."""

    meta: dict[int, bytes]
    body: bytes
    start: int
    is_implicit: bool
    is_little: bool
    is_named: bool = True  # the transfer syntax, by the file itself
    spans: list[Span] = field(default_factory=list)

    @property
    def transfer_syntax(self) -> str:
        """Its Transfer Syntax UID, or what was guessed of a file that names none."""
        return text_of(self.meta[SYNTAX])

    def get(self, tag: int) -> Span | None:
        """The last element of this tag at the root: the last is what a reader keeps."""
        return next((span for span in reversed(self.spans) if span.tag == tag), None)

    def value(self, tag: int) -> bytes:
        """The bytes of an element's value; none where it is missing."""
        span = self.get(tag)
        return b"" if span is None else self.body[span.value : span.end]

    def text(self, tag: int) -> str:
        """An element's value as text, without padding."""
        return text_of(self.value(tag))

    def number(self, tag: int, missing: int = 0) -> int:
        """The first value of an unsigned short, or of an integer string; `missing` where it is none."""
        span = self.get(tag)
        if span is None:
            return missing
        if span.vr in (b"IS", b"DS") or standard_vr(tag) == "IS":
            first = self.text(tag).split("\\")[0].strip()
            return int(first) if first.isdecimal() and len(first) < 10 else missing
        value = self.body[span.value : span.end][:2]
        return int.from_bytes(value, "little" if self.is_little else "big") if len(value) == 2 else missing


def dissect(file: bytes) -> Anatomy:
    """Find the elements of a file. Raises Broken."""
    try:
        return _dissect(file)
    except (struct.error, IndexError, zlib.error):
        raise Broken("it ends inside an element") from None


def header_of(file: bytes) -> bytes:
    """The file up to its pixels, whether or not these are whole, with meta information where it has none."""
    try:
        found = _open(file)
        if found.transfer_syntax == DEFLATED:
            return file
        last = next((span for span in _spans(found, is_header=True) if span.tag == PIXEL_DATA), None)
    except (Broken, struct.error, IndexError, zlib.error):
        return file
    is_told = found.is_named and found.is_implicit == (found.transfer_syntax == IMPLICIT)
    really = IMPLICIT if found.is_implicit else EXPLICIT if found.is_little else BIG_ENDIAN
    meta = file[: found.start] if is_told else write_meta({**found.meta, SYNTAX: really.encode("ascii")})
    return meta + found.body[found.start : None if last is None else last.begin]


def _dissect(file: bytes) -> Anatomy:
    found = _open(file)
    found.spans = list(_spans(found))
    return found


def _open(file: bytes) -> Anatomy:
    """Read what stands before a dataset, which stays unread."""
    meta, at = _meta(file, _PREAMBLE if file[128:_PREAMBLE] == b"DICM" else 0)
    is_named = bool(text_of(meta.get(SYNTAX, b"")))
    if not is_named:
        meta[SYNTAX] = _guessed(file[at : at + 6])
    syntax = text_of(meta[SYNTAX])
    body, start = (_inflate(file[at:]), 0) if syntax == DEFLATED else (file, at)
    is_little = syntax != BIG_ENDIAN
    # some name the other one of implicit and explicit
    return Anatomy(meta, body, start, is_little and not _has_vr(body[start + 4 : start + 6]), is_little, is_named)


def text_of(value: bytes) -> str:
    """A value of meta information, or of a simple kind, as text without padding."""
    return value.decode("latin-1").strip(" \0")


def _guessed(start: bytes) -> bytes:
    """The transfer syntax of a file that names none: what its first element looks like."""
    first = [start[:2] == struct.pack(order, group) for order in ("<H", ">H") for group in (2, 4, 8, 10)]
    if not any(first):
        raise Broken("it is no DICOM file")
    explicit = EXPLICIT if any(first[:4]) else BIG_ENDIAN
    return (explicit if _has_vr(start[4:6]) else IMPLICIT).encode("ascii")


def _has_vr(code: bytes) -> bool:
    return code.isalpha() and code.isupper()


def _meta(file: bytes, at: int) -> tuple[dict[int, bytes], int]:
    """Read group 2, explicit little endian always (PS3.10 section 7.1), until an element of another group."""
    meta = dict[int, bytes]()
    while file[at : at + 2] == b"\2\0":
        tag, _, value, length = _header(file, at, False, True)
        if length == UNDEFINED or value + length > len(file):
            raise Broken("its meta information ends inside an element")
        meta[tag] = file[value : value + length]
        at = value + length
    return meta, at


def _inflate(body: bytes) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = stream.decompress(body, _MAX_INFLATED)
    if stream.unconsumed_tail:
        raise Broken(f"it inflates to more than {_MAX_INFLATED:,} bytes")
    return inflated


def _spans(anatomy: Anatomy, is_header: bool = False) -> Iterator[Span]:
    """Yield the elements at the root; of a header's pixels only the beginning, and nothing behind them."""
    body, at, seen_pixels = anatomy.body, anatomy.start, False
    while len(body) - at >= 8:
        if seen_pixels and not any(body[at : at + 4]):
            return  # zeros behind the last element belong to nobody
        tag, vr, value, length = _header(body, at, anatomy.is_implicit, anatomy.is_little)
        if tag >> 16 == 0xFFFE:
            raise Broken("an item stands outside of a sequence")
        if is_header and tag == PIXEL_DATA:
            yield Span(tag, vr, at, value, value)
            return
        is_undefined = length == UNDEFINED
        end = _end(body, value, vr, anatomy) if is_undefined else value + length
        if end > len(body):
            raise Broken(f"({tag >> 16:04X},{tag & 0xFFFF:04X}) ends behind the file's end")
        yield Span(tag, vr, at, value, end, is_undefined)
        at, seen_pixels = end, seen_pixels or tag == PIXEL_DATA


def _header(body: bytes, at: int, is_implicit: bool, is_little: bool) -> tuple[int, bytes, int, int]:
    """Tag, VR, where the value begins and its length; items and what has no VR are read as implicit."""
    order = "<" if is_little else ">"
    group, element = struct.unpack_from(order + "HH", body, at)
    vr = bytes(body[at + 4 : at + 6])
    if is_implicit or group == 0xFFFE:
        return group << 16 | element, b"", at + 8, struct.unpack_from(order + "I", body, at + 4)[0]
    if vr in LONG:
        return group << 16 | element, vr, at + 12, struct.unpack_from(order + "I", body, at + 8)[0]
    if not _has_vr(vr):
        return group << 16 | element, b"", at + 8, struct.unpack_from(order + "I", body, at + 4)[0]
    return group << 16 | element, vr, at + 8, struct.unpack_from(order + "H", body, at + 6)[0]


def _end(body: bytes, at: int, vr: bytes, anatomy: Anatomy) -> int:
    """Where an element of undefined length ends: behind the delimiter of its own, however deep it nests."""
    implicit = [anatomy.is_implicit or vr == b"UN"]  # one entry for every open sequence and item (PS3.5 6.2.2 note)
    while implicit:
        is_little = anatomy.is_little or (implicit[-1] and not anatomy.is_implicit)
        tag, inner, value, length = _header(body, at, implicit[-1], is_little)
        if tag in (ITEM_END, SEQUENCE_END):
            implicit.pop()
            at = value
        elif length == UNDEFINED:
            implicit.append(implicit[-1] or inner == b"UN")
            at = value
        else:
            at = value + length
        if at > len(body):
            raise Broken("a sequence ends behind the file's end")
    return at


def nested_pixels(anatomy: Anatomy) -> Iterator[tuple[int, int]]:
    """Where the pixels of icons and previews lie that stand in sequences, at any depth: begin and end."""
    for span in anatomy.spans:
        if span.tag < PIXEL_DATA and _is_sequence(span.tag, span.vr):
            yield from _pixels_within(anatomy, span)


def _is_sequence(tag: int, vr: bytes) -> bool:
    return vr == b"SQ" or (vr in (b"", b"UN") and (standard_vr(tag) == "SQ" or bool(tag & 0x10000)))


def _pixels_within(anatomy: Anatomy, span: Span) -> Iterator[tuple[int, int]]:
    """Walk a sequence's bytes from header to header, entering every item and every sequence; private bytes may be none."""
    body, at = anatomy.body, span.value
    is_implicit = anatomy.is_implicit or span.vr == b"UN"
    if body[at : at + 4] not in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"):
        return
    is_little = body[at : at + 1] == b"\xfe"
    while span.end - at >= 8:
        try:
            tag, vr, value, length = _header(body, at, is_implicit, is_little)
        except struct.error:
            return
        end = span.end if length == UNDEFINED else min(value + length, span.end)
        if tag == PIXEL_DATA:
            yield value, end
        entered = length == UNDEFINED or tag == ITEM or _is_sequence(tag, vr)
        at = value if entered else end
