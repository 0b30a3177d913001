"""Splitting: a file's header into the bytes of its elements, without reading one of them.

A run of elements whose bytes are those of the file before, at its place, is the same elements: only others are parsed.
Runs end where images of a series were seen to differ.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from obia.plugins.deid_ctp.codestreams.element import is_compressed
from obia.plugins.deid_ctp.dicom.elements import LONG_FORM, SHORT_FORM
from obia.plugins.deid_ctp.dicom.reader import BIG_ENDIAN, DEFLATED, IMPLICIT, PIXELS
from obia.plugins.deid_ctp.dicom.uids import is_registered

_IS_LONG = {**{vr.encode(): True for vr in LONG_FORM}, **{vr.encode(): False for vr in SHORT_FORM}}
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0"
_PIXELS, _WITHOUT_LENGTH = b"\xe0\x7f\x10\x00", b"\xff\xff\xff\xff"
_MOST_RESTLESS = 48  # tags at which runs end
_MOST_OTHERS = 12  # elements that one image of a study has otherwise than the next: more are another study's
_ELEMENT = 12  # bytes of the pixels' tag, VR and length
_MOST_DEPTH = 32  # sequences within sequences of undefined length
_SYNTAX = 0x0010  # of the file meta
_PIXEL_VRS = (b"OB", b"OW")

_explicit = struct.Struct("<HH2sH").unpack_from
_implicit = struct.Struct("<HHI").unpack_from
_long = struct.Struct("<I").unpack_from


class Unsplit(Exception):
    """A file that only the reader of whole trees can read, or refuse."""


class Cut(Unsplit):
    """A header that goes on behind the bytes at hand."""


@dataclass(frozen=True, slots=True)
class Run:
    """Elements one behind the other: their bytes, as one and in pieces, their first tag and their last."""

    whole: bytes
    pieces: dict[int, bytes]
    first: int
    last: int


@dataclass(slots=True)
class Split:
    """A header in pieces, by ascending tag, and where the pixels' element begins; it ends with the file. `runs` are
    those of its pieces between the `restless`, which other images have otherwise or not at all."""

    syntax: str
    is_implicit: bool
    pieces: dict[int, bytes]
    pixels_at: int
    runs: Sequence[Run] = field(default=(), compare=False)
    restless: frozenset[int] = field(default=frozenset(), compare=False)
    is_framed: bool = False  # its pixels are compressed frames, and where these end nobody has looked


def split(source: bytes, size: int | None = None, before: Split | None = None) -> Split:
    """Split a file, or the beginning of one of so many bytes, quickly where it is much like the one `before`.

    Raises Unsplit for anything unusual, Cut where more of the file has to be read to tell.
    """
    size = len(source) if size is None else size
    try:
        return _split(source, size, before)
    except (struct.error, IndexError):
        raise (Cut if len(source) < size else Unsplit) from None


def _split(source: bytes, size: int, before: Split | None) -> Split:
    if source[128:132] != b"DICM" or source[132:140] != b"\2\0\0\0UL\4\0":
        raise Unsplit
    at = 144 + _long(source, 140)[0]
    syntax = _syntax(source, at)
    if syntax in (BIG_ENDIAN, DEFLATED) or not is_registered(syntax):
        raise Unsplit
    is_implicit = syntax == IMPLICIT
    if before is not None and before.is_implicit != is_implicit:
        before = None
    pieces, pixels_at, is_alike = _pieces(source, at, before, _implicit_end if is_implicit else _explicit_end)
    if pixels_at + _ELEMENT > len(source) < size:
        raise IndexError
    is_framed = is_compressed(syntax) and pixels_at < size
    if not pieces or not (_begins_frames if is_framed else _is_last)(source, pixels_at, is_implicit, size):
        raise Unsplit
    if before is not None and is_alike:
        return Split(syntax, is_implicit, pieces, pixels_at, before.runs, before.restless, is_framed)
    restless = frozenset[int]() if before is None else _restless(pieces, before)
    return Split(syntax, is_implicit, pieces, pixels_at, _runs(pieces, restless), restless, is_framed)


def _syntax(source: bytes, end: int) -> str:
    """The transfer syntax that the file meta says, which ends here. Raises Unsplit, also where it does not end there."""
    at, last, syntax = 144, 0, b""
    while at < end:
        group, number, vr, length = _explicit(source, at)
        is_long = _IS_LONG.get(vr)
        if group != 2 or number <= last or is_long is None:
            raise Unsplit
        begin = at + 8
        if is_long:
            begin, length = at + 12, _long(source, at + 8)[0]
        at, last = begin + length, number
        if number == _SYNTAX and vr == b"UI":
            syntax = source[begin:at]
    if at != end or source[end : end + 2] == b"\2\0":
        raise Unsplit
    return syntax.decode("latin-1").strip(" \0")


def _pieces(
    source: bytes, at: int, before: Split | None, end_of: Callable[[bytes, int], tuple[int, int]]
) -> tuple[dict[int, bytes], int, bool]:
    """The header's elements from a place on, where they end, and whether all runs of the one before it are in it."""
    pieces: dict[int, bytes] = {}
    size, last = len(source), 0x00080000
    runs, missed = iter(before.runs if before is not None else ()), 0
    run = next(runs, None)
    while at < size:
        if run is not None and last < run.first and source.startswith(run.whole, at):
            pieces.update(run.pieces)
            last, at = run.last, at + len(run.whole)
            run = next(runs, None)
            continue
        tag, end = end_of(source, at)
        if tag >= PIXELS:
            break
        if tag <= last:
            raise Unsplit
        if end > size:
            raise IndexError
        pieces[tag] = source[at:end]
        last, at = tag, end
        while run is not None and run.first <= tag:
            run, missed = next(runs, None), missed + 1
    return pieces, at, run is None and not missed


def _restless(pieces: dict[int, bytes], before: Split) -> frozenset[int]:
    """The restless tags, with those that are so for another header of the same study."""
    came_or_went = pieces.keys() ^ before.pieces.keys()
    others = [tag for tag in pieces.keys() & before.pieces.keys() if pieces[tag] != before.pieces[tag]]
    if len(others) > _MOST_OTHERS:
        return before.restless
    restless = before.restless.union(came_or_went, others)
    return restless if len(restless) <= _MOST_RESTLESS else frozenset()


def _runs(pieces: dict[int, bytes], restless: frozenset[int]) -> list[Run]:
    """The runs between the restless tags."""
    ends = iter(sorted(restless))
    end, runs, tags = next(ends, PIXELS), [], list[int]()
    for tag in (*pieces, PIXELS):
        if tag >= end or tag == PIXELS:
            if tags:
                inner = {each: pieces[each] for each in tags}
                runs.append(Run(b"".join(inner.values()), inner, tags[0], tags[-1]))
            tags = []
            while end <= tag < PIXELS:
                end = next(ends, PIXELS)
        if tag not in restless:
            tags.append(tag)
    return runs


def _explicit_end(source: bytes, at: int) -> tuple[int, int]:
    """The tag of the element that begins here, and where it ends."""
    group, number, vr, length = _explicit(source, at)
    tag = group << 16 | number
    if tag >= PIXELS:
        return tag, at
    is_long = _IS_LONG.get(vr)
    if is_long is None:
        raise Unsplit
    if not is_long:
        return tag, at + 8 + length
    length = _long(source, at + 8)[0]
    if length != _UNDEFINED:
        return tag, at + 12 + length
    if vr != b"SQ":
        raise Unsplit
    return tag, _end(source, at + 12, False, 0)


def _implicit_end(source: bytes, at: int) -> tuple[int, int]:
    """The tag of the element that begins here, and where it ends."""
    group, number, length = _implicit(source, at)
    tag = group << 16 | number
    if length != _UNDEFINED or tag >= PIXELS:
        return tag, at + 8 + length
    return tag, _end(source, at + 8, True, 0)


def _end(source: bytes, at: int, is_implicit: bool, depth: int) -> int:
    """Where a sequence of undefined length ends."""
    if depth > _MOST_DEPTH:
        raise Unsplit
    while True:
        mark, length = source[at : at + 4], _long(source, at + 4)[0]
        at += 8
        if mark == _SEQUENCE_END:
            return at
        if mark != _ITEM:
            raise Unsplit
        at = _end_of_item(source, at, is_implicit, depth) if length == _UNDEFINED else at + length


def _end_of_item(source: bytes, at: int, is_implicit: bool, depth: int) -> int:
    while source[at : at + 4] != _ITEM_END:
        if is_implicit:
            length, at = _long(source, at + 4)[0], at + 8
        else:
            _, _, vr, length = _explicit(source, at)
            is_long = _IS_LONG.get(vr)
            if is_long is None:
                raise Unsplit
            if is_long:
                length = _long(source, at + 8)[0]
                if length == _UNDEFINED and vr != b"SQ":
                    raise Unsplit
            at += 12 if is_long else 8
        at = _end(source, at, is_implicit, depth + 1) if length == _UNDEFINED else at + length
    return at + 8


def _begins_frames(source: bytes, at: int, _is_implicit: bool, _size: int) -> bool:
    """Whether pixels of undefined length begin here."""
    head = source[at : at + _ELEMENT]
    return head[:4] == _PIXELS and head[4:6] in _PIXEL_VRS and head[8:] == _WITHOUT_LENGTH


def _is_last(source: bytes, at: int, is_implicit: bool, size: int) -> bool:
    """Whether the file ends with the pixels that begin here, or with the header; what lies behind is another's to judge."""
    if at == size:
        return True
    if at + _ELEMENT > len(source) or source[at : at + 4] != _PIXELS:
        return False
    if not is_implicit and source[at + 4 : at + 6] not in _PIXEL_VRS:
        return False
    at, length = (at + 8, _long(source, at + 4)[0]) if is_implicit else (at + _ELEMENT, _long(source, at + 8)[0])
    return bool(length != _UNDEFINED and at + length == size)
