"""Moulds: what an element becomes whose UIDs alone are others than those of one before it.

Each image has its own UID, and refers to others by theirs. Where a script says nothing but that each UID becomes its
own new one, and all other bytes of an element are those of one that is known, the new element is the known one's with
other UIDs in their places.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.elements import Branch, Element
from obia.plugins.deid_ctp.dicom.uids import is_registered
from obia.plugins.deid_ctp.engine.rewriter import Trace
from obia.plugins.deid_ctp.fastpath.representation import Form
from obia.plugins.deid_ctp.fastpath.result_cache import PRIVATE, Fate
from obia.plugins.deid_ctp.identifiers.private_numbers import Row, goes
from obia.plugins.deid_ctp.identifiers.retained_values import dotted_text
from obia.plugins.deid_ctp.identifiers.search import Identity
from obia.plugins.deid_ctp.language.expressions import Expression

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.fastpath.walker import Root

NewUid = Callable[[str, str, str], str]

_WALK = "@process()"
_REMAP = re.compile(r"@hashuid\(([@$]?\w[\w.]*),this\)", re.A)
_SLOT = re.compile(rb"(?=\d*\.)([\d.]{6,})\0?")  # a UID that is sought in what stays: a shorter one is not


class Caster(NamedTuple):
    """With what is cast: what pieces are, what the script calls a parameter's value, and who makes new UIDs."""

    form: Form
    parameter: Callable[[str], str | None]
    new_uid: NewUid


class Mould:
    """A known element: what it is but for its bytes, the old bytes around its UIDs and these ones' lengths, padding
    included, and what the new UIDs begin with; by the lengths of the new ones, the new bytes around them, and the fate
    it had."""

    __slots__ = ("_before", "_casts", "_form", "_lengths", "_root", "_stem")

    def __init__(
        self, form: Form, stem: Hashable, before: tuple[bytes, ...], lengths: tuple[int, ...], root: str
    ) -> None:
        self._form = form
        self._stem = stem
        self._before = before
        self._lengths = lengths
        self._root = root
        self._casts: dict[tuple[int, ...], tuple[tuple[bytes, ...], Fate]] = {}

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from others."""
        return (self._stem, self._before, self._lengths, self._root)

    def learn(self, lengths: tuple[int, ...], after: tuple[bytes, ...], fate: Fate) -> None:
        """Learn what comes of it where the new UIDs have these lengths."""
        self._casts[lengths] = (after, fate)

    def cast(self, tag: int, piece: object, new_uid: NewUid) -> Fate | None:
        """The fate of an element that is the known one but for its UIDs; None for any other, and where no new UIDs were
        as long as its."""
        apart = self._form.apart(piece)
        if apart is None or apart[0] != self._stem:
            return None
        uids = self._found(apart[1])
        if uids is None or any(map(is_registered, uids)):
            return None
        news = [_padded(new_uid(self._root, uid, "")) for uid in uids]
        found = self._casts.get(tuple(map(len, news)))
        if found is None:
            return None
        after, (((_, made),), letters, told, _, notes, dotted, said) = found
        parts = [after[0]]
        for new, rest in zip(news, after[1:], strict=True):
            parts += (new, rest)
        out = ((tag, self._form.with_bytes(made, b"".join(parts))),)
        return Fate(out, letters, told, tuple(dict.fromkeys(uids)), notes, dotted, said)

    def _found(self, piece: bytes) -> list[str] | None:
        """The UIDs in the places of the known ones; None where anything else differs."""
        uids, at = [], 0
        for before, length in zip(self._before, self._lengths, strict=False):
            begin = at + len(before)
            if not piece.startswith(before, at) or (slot := _SLOT.fullmatch(piece, begin, begin + length)) is None:
                return None
            uids.append(slot[1].decode("ascii"))
            at = begin + length
        return uids if piece[at:] == self._before[-1] else None


Moulds = dict[int, dict[tuple[object, ...], Mould]]
"""Moulds by tag, and by what tells one from another."""


def mould(
    known: Mapping[tuple[object, ...], Mould], tag: int, piece: object, fate: Fate, trace: Trace,
    asked: Sequence[Expression], caster: Caster,
) -> Mould | None:  # fmt: skip
    """The mould of an element that became something, new or learned further; None where more than the places of its
    UIDs depends on them."""
    remaps = [_REMAP.fullmatch(each.text) for each in asked if each.text != _WALK]
    roots = {found and found[1] for found in remaps}
    uids = list(_uids(trace))
    if len(roots) != 1 or not uids or None in uids or len(fate.out) != 1 or fate.notes:
        return None
    [root], [(new_tag, made)] = roots, fate.out
    under = caster.parameter(root[1:]) if root and root[0] in "@$" else root
    olds, news = zip(*filter(None, uids), strict=True)
    old, new = caster.form.apart(piece), caster.form.apart(made)
    before, after = old and _between(old[1], olds), new and _between(new[1], news)
    if under is None or old is None or before is None or after is None or new_tag != tag:
        return None
    lengths = tuple(map(len, news))
    learned = Mould(caster.form, old[0], before, tuple(map(len, olds)), under)
    learned.learn(lengths, after, fate)
    if learned.cast(tag, piece, caster.new_uid) != fate:
        return None
    found = known.get(learned.key, learned)
    found.learn(lengths, after, fate)
    return found


class Unit:
    """A header's private elements, which the numeric rule judges together, and the row of those that stay."""

    __slots__ = ("_fate", "_form", "_out", "_pieces", "_row", "_vrs")

    def __init__(
        self, form: Form, pieces: Mapping[int, object], elements: Sequence[Element], row: Row, fate: Fate
    ) -> None:
        self._form = form
        self._pieces = pieces
        self._vrs = {int(each.tag): each.VR for each in elements}
        self._row = row
        self._fate = fate
        self._out = dict(fate.out)

    def cast(self, pieces: Mapping[int, object], root: "Root", identity: Identity) -> Fate | None:
        """The fate of private elements with the known ones' tags, of which only numbers that stay, and what goes
        whatever it holds, are others; None where more is."""
        changed = [tag for tag, piece in self._pieces.items() if piece != pieces[tag]]
        numbers: list[RawDataElement] = []
        for tag in changed:
            element = root.unwatched(tag)
            if not isinstance(element, RawDataElement):
                return None
            if (vr := self._row.vr(tag)) is not None:
                if self._vrs[tag] != element.VR or tag not in self._out:
                    return None
                numbers.append(element if vr == element.VR else element._replace(VR=vr))
            elif not goes(element):
                return None
        if not self._row.admits(numbers, root.charset, identity):
            return None
        _, letters, told, uids, notes, dotted, said = self._fate
        kept = self._form.kept
        out = {**self._out, **{int(each.tag): kept(pieces[int(each.tag)], each, root) for each in numbers}}
        text = dotted_text([(root, each) for each in numbers])
        dotted = f"{dotted}\n{text}" if text else dotted
        return Fate(tuple(out.items()), letters, told, uids, notes, dotted, said)


def _uids(trace: Trace) -> Iterator[tuple[bytes, bytes] | None]:
    """The values of UIDs that became others, with the new ones; None for anything else that the script took."""
    for _, _, element, new in trace.taken:
        if isinstance(element, Branch):
            if id(element) not in trace.entered:
                yield None
        elif element.VR != "UI" or not isinstance(new, RawDataElement) or element.tag & PRIVATE:
            yield None
        elif new.value != element.value:
            old = element.value or b""
            yield (old, new.value or b"") if _SLOT.fullmatch(old) else None


def _between(whole: bytes, values: Sequence[bytes]) -> tuple[bytes, ...] | None:
    """The bytes around some values, each of which is there once, and in this order; None where one is not."""
    parts, at = [], 0
    for value in values:
        begin = whole.find(value, at)
        if begin < 0 or whole.count(value) != 1:
            return None
        parts.append(whole[at:begin])
        at = begin + len(value)
    return (*parts, whole[at:])


def _padded(uid: str) -> bytes:
    return uid.encode("ascii") + b"\0" * (len(uid) % 2)
