"""Splicing: a file anonymized safely by exchanging those of its header's bytes that change; the pixels are not read.

The fast way: it gives the same bytes as the whole tree of `safe.py` does, and leaves to it whatever is unusual.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from obia.plugins.deid_ctp.codestreams.frames import DESCRIBES, description
from obia.plugins.deid_ctp.dicom.charsets import Charset, charset
from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET, SIMPLE, Element, Item
from obia.plugins.deid_ctp.dicom.reader import PIXELS, Read, read_element
from obia.plugins.deid_ctp.dicom.streams import whole
from obia.plugins.deid_ctp.dicom.writer import file_meta
from obia.plugins.deid_ctp.engine.evaluator import Evaluator
from obia.plugins.deid_ctp.engine.rewriter import Rewriter
from obia.plugins.deid_ctp.engine.safe_policy import SafePolicy
from obia.plugins.deid_ctp.engine.unknown_vr import opened
from obia.plugins.deid_ctp.fastpath.header_splitter import Cut, Split, Unsplit, split
from obia.plugins.deid_ctp.fastpath.representation import AsBytes
from obia.plugins.deid_ctp.fastpath.result_cache import Recall, Tell, Unrecalled
from obia.plugins.deid_ctp.fastpath.walker import Root, Walk
from obia.plugins.deid_ctp.language.integer_table import IntegerTable
from obia.plugins.deid_ctp.language.lookup_table import Lookup
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.outcome import Unreadable

_CLASS, _INSTANCE = 0x00080016, 0x00080018
_CHARSET_KEPT, _CHARSET_ADDED = '"00080005":{"K":1}', '"00080005":{"A":1}'
_USUAL, _MORE, _MOST = 1 << 14, 1 << 12, 1 << 18  # bytes of a header; how many more one may have than that before it
_PREAMBLE = bytes(128) + b"DICM"
_LATIN_1 = charset(b"ISO_IR 100")
_SAYS_LATIN_1 = {False: b"\x08\0\x05\0CS\x0a\0ISO_IR 100", True: b"\x08\0\x05\0\x0a\0\0\0ISO_IR 100"}


@dataclass(frozen=True, slots=True)
class Spliced:
    """A new beginning for a file: `head` stands for all of it up to `pixels_at`, and the rest stays, unless it is
    compressed frames, which `frames` describes: these are still to be cleaned, and nothing may stand behind them;
    `header` are its elements as bytes by tag, `said` what a record says of each, in order."""

    head: bytes
    pixels_at: int
    notes: tuple[str, ...]
    letters: str
    header: Mapping[int, bytes]
    said: tuple[str, ...]
    syntax: str
    frames: Dataset | None

    def noted(self, *more: str) -> tuple[str, ...]:
        """The notes, with more."""
        return tuple(sorted((*self.notes, *more)))

    def text(self, tag: int) -> str:
        """The text of a UID of the new header; empty where it has none."""
        return self.header.get(tag, b"")[8:].strip(b" \0").decode("latin-1")


class Splicer:
    """Splices files by one script, under one key, with one table, and remembers what it did; `tell` makes what a record
    says of old elements and new ones."""

    def __init__(self, script: Script, key: bytes, lookup: Lookup | None, tell: Tell | None = None) -> None:
        self.script = script
        self.key = key
        self.lookup = lookup
        self.tell = tell
        self._recall = Recall()
        self._before: Split | None = None
        self._is_able = PIXELS not in script.elements

    def begin(
        self, stream: BinaryIO, size: int, now: datetime, integers: IntegerTable | None = None
    ) -> tuple[Spliced, bytes]:
        """Anonymize an open file of `size` bytes; return its new beginning, and what was read: of the pixels, little.

        Raises as `splice` does, and Unreadable.
        """
        begun = whole(stream, self._before.pixels_at + _MORE if self._before else _USUAL)
        if len(begun) > size:
            raise Unreadable("it changed while it was read")
        try:
            return self.splice(begun, now, integers, size), begun
        except Cut:
            begun += whole(stream, max(_MOST - len(begun), 0))
            return self.splice(begun, now, integers, size), begun

    def splice(
        self, source: bytes, now: datetime, integers: IntegerTable | None = None, size: int | None = None
    ) -> Spliced:
        """Anonymize a file, or one of `size` bytes of which these are the first.

        Raises Unsplit or Unrecalled where the file has to be read as a whole, and what the script raises.
        """
        if not self._is_able:
            raise Unsplit
        parts = self._before = split(source, size, self._before)
        pieces = parts.pieces
        if is_mute := CHARACTER_SET not in pieces:
            pieces[CHARACTER_SET] = _SAYS_LATIN_1[parts.is_implicit]
        policy = SafePolicy(self.key)
        like = Item(None, _charset(pieces[CHARACTER_SET], parts.is_implicit), parts.is_implicit, True)
        root = Root(lambda tag, root: _element(pieces, tag, root, policy), like, policy.notes)
        read = Read(b"", _Meta(None, _LATIN_1, False, True), parts.syntax, root, b"", [])
        rewriter = Rewriter(Evaluator(self.script, read, policy, now, self.lookup, integers))
        fates, header, noted = Walk(self._recall, pieces, root, rewriter, _FORM, tell=self.tell).walk()
        said = sorted([each for fate in fates for each in fate.said]) if self.tell else []
        if is_mute and self.tell is not None:
            said[bisect_left(said, _CHARSET_KEPT)] = _CHARSET_ADDED
        letters = "".join([fate.letters for fate in fates])
        frames = _frames(root, pieces) if parts.is_framed else None
        head, notes = _head(parts, header), tuple(sorted({*noted}))
        return Spliced(head, parts.pixels_at, notes, letters, header, tuple(said), parts.syntax, frames)


class _Meta(Item):
    """File meta, which is not remembered: who asks for it gets the whole tree."""

    def get(self, tag: int) -> Element | None:
        """Raises Unrecalled."""
        raise Unrecalled


_FORM = AsBytes()


def _charset(piece: bytes, is_implicit: bool) -> Charset:
    if not is_implicit and piece[4:6] != b"CS":
        raise Unsplit
    return charset(piece[8:])


def _element(pieces: dict[int, bytes], tag: int, root: Root, policy: SafePolicy) -> Element | None:
    """Read one piece, and what stands in it where its VR does not say so."""
    piece = pieces.get(tag)
    if piece is None:
        return None
    vr = SIMPLE.get(piece[4:6])
    if vr is None or root.is_implicit:
        try:
            return opened(root, read_element(piece, root, charset), policy)
        except Unreadable:
            raise Unrecalled from None  # the reader of whole trees may read on behind its end
    return RawDataElement(BaseTag(tag), vr, len(piece) - 8, piece[8:], 0, False, True)


def _frames(root: Root, pieces: Iterable[int]) -> Dataset:
    """What a header says of its frames."""
    elements = (root.unwatched(tag) for tag in pieces if tag >> 16 == DESCRIBES)
    return description([each for each in elements if each is not None], root)


def _head(parts: Split, header: Mapping[int, bytes]) -> bytes:
    """Preamble, file meta and header."""
    sop_class, instance = (header.get(tag, b"")[8:].strip(b" \0") for tag in (_CLASS, _INSTANCE))
    if not sop_class:
        raise Unsplit
    return b"".join((_PREAMBLE, file_meta(sop_class, instance, parts.syntax), *header.values()))
