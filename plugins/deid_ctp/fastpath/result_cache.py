"""Recall: what elements became, remembered, so that the next image of a series is hardly read at all.

An element's outcome is a function of its own bytes, of the elements that were looked at while it was decided, and of
the strings that the script takes away from this patient. An outcome is remembered under the bytes of all of it, apart
for each set of strings. UIDs, of which every image has its own, are no part of the set: they are looked for in what
stays. What depends on the time, or on what came before, is not remembered. A number or a time that stays, of which
every image has its own, needs no fate of its own: that the script lets its element stay whatever it holds is learned
from the first.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import compress
from operator import ne
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET, Element, Item
from obia.plugins.deid_ctp.engine.rewriter import Rewriter
from obia.plugins.deid_ctp.identifiers.date_forms import Day
from obia.plugins.deid_ctp.identifiers.retained_values import Searched
from obia.plugins.deid_ctp.identifiers.search import Identity
from obia.plugins.deid_ctp.language.expressions import Expression

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.fastpath.uid_templates import Moulds, Unit

PRIVATE = 0x00010000
UNIT = -1  # the place of the private elements, which the numeric rule judges together
_FORM = (CHARACTER_SET, 0x00080016)  # and SOP class
_WHOSE = (0x00100020, 0x00100021)  # patient ID and its issuer
_MOST_CONTEXTS, _MOST_KNOWN, _MOST_FATES, _MOST_TOLD, MOST_PAGES = 16, 8, 2048, 8192, 4  # what is remembered at most
MOST_CLASSES = 64
MOST_MOULDS, MOST_STAYED = 8, 1024  # of elements with one tag, and of those that stayed with their numbers

Tell = Callable[[list[Element], list[Element]], tuple[str, ...]]
Told = tuple[frozenset[str], frozenset[str], frozenset[tuple[str, str]], frozenset[str], frozenset[Day], frozenset[Day]]


Key = TypeVar("Key")
Value = TypeVar("Value")


class Unrecalled(Exception):
    """A header that has to be cleaned as a whole."""


class Fate(NamedTuple):
    """What an element became: `out` as it is written, `letters` what was done, `told` the number of the strings that
    went, `uids` those that became others, `dotted` what stays and may hold a UID, `said` what a record says of it."""

    out: tuple[tuple[int, Any], ...]
    letters: str
    told: int
    uids: tuple[str, ...]
    notes: tuple[str, ...]
    dotted: str
    said: tuple[str, ...]


class Neutral(NamedTuple):
    """A fate that holds under any strings of which none is in what stays: whatever they are, where nothing does."""

    fate: Fate
    searched: Searched


class Steady(NamedTuple):
    """What stays whatever number it holds: its VR, its fate, and the expression that let it stay, if one was asked."""

    vr: str
    fate: Fate
    expression: Expression | None


class Stayed(NamedTuple):
    """An element that stayed with its number, its fate, and the strings under which it last did."""

    element: RawDataElement
    fate: Fate
    known: "Known"


class Walked(NamedTuple):
    """A header that was walked: the fates of its elements, its new elements by ascending tag, and the notes."""

    fates: list[Fate]
    header: dict[int, Any]
    notes: list[str]


@dataclass(slots=True)
class Known:
    """The fates under one set of strings, and what fates are cast from that are like one of them."""

    identity: Identity
    told: frozenset[int]
    fates: dict[Hashable, Fate] = field(default_factory=dict)
    moulds: "Moulds" = field(default_factory=dict)  # by tag
    units: "dict[tuple[int, ...], Unit]" = field(default_factory=dict)  # by the private elements' tags


@dataclass(slots=True)
class Context:
    """The sets of strings of one patient, and the one that held last; `neutral` are fates of this patient that may hold
    under others, `shared` those of any patient; `stayed` are numbers that a patient's series have in common; `moulds`
    are of elements in which nothing is searched, whatever the strings; `pages` are the last headers by their tags."""

    shared: dict[Hashable, Neutral]
    known: dict[frozenset[int], Known] = field(default_factory=dict)
    last: Known | None = None
    neutral: dict[Hashable, Neutral] = field(default_factory=dict)
    stayed: dict[Hashable, Stayed] = field(default_factory=dict)
    moulds: "Moulds" = field(default_factory=dict)  # by tag
    pages: "dict[tuple[int, ...], Page]" = field(default_factory=dict)

    def neutral_of(self, key: Hashable) -> Neutral | None:
        """A fate that was found under other strings."""
        return self.neutral.get(key) or self.shared.get(key)

    def keep(self, page: "Page") -> "Page":
        """Remember a header, as the last with its tags."""
        return added(self.pages, tuple(page.pieces), page, MOST_PAGES)


@dataclass(slots=True)
class Page:
    """The last header with certain tags: its pieces and its units, in order, and where each stands; `anew` are those
    that are not remembered; of the fates, by place, `dotted` and `uids` are looked at for UIDs that became others."""

    known: Known
    pieces: Mapping[int, Hashable]
    tags: list[int]
    anew: set[int]
    fates: list[Fate]
    header: dict[int, Any] = field(default_factory=dict)
    places: dict[int, int] = field(init=False)
    dotted: dict[int, str] = field(default_factory=dict)
    uids: dict[int, tuple[str, ...]] = field(default_factory=dict)
    notes: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {tag: place for place, tag in enumerate(self.tags)}
        self.header = _header(self.fates)
        for place, fate in enumerate(self.fates):
            self._watch(place, fate)

    def changed(self, pieces: Mapping[int, Hashable]) -> list[int]:
        """The tags whose elements are others."""
        return list(compress(pieces, map(ne, pieces.values(), self.pieces.values())))

    def turn(self, pieces: Mapping[int, Hashable], anew: set[int], fates: Mapping[int, Fate]) -> None:
        """Turn to the next header, in which some units have these fates, by place."""
        self.pieces, self.anew, were = pieces, anew, self.fates
        self.fates, self.header = [*were], self.header.copy()
        size, is_alike = len(self.header), True
        for place, fate in fates.items():
            self.fates[place] = fate
            self.header.update(fate.out)
            self._watch(place, fate)
            is_alike = is_alike and len(fate.out) == len(were[place].out)
        if not is_alike or len(self.header) != size:
            self.header = _header(self.fates)

    def _watch(self, place: int, fate: Fate) -> None:
        if fate.dotted or place in self.dotted:
            self.dotted[place] = fate.dotted
        if fate.uids or place in self.uids:
            self.uids[place] = fate.uids
        if fate.notes or place in self.notes:
            self.notes[place] = fate.notes

    def look_for_uids(self) -> None:
        """Raise Unrecalled where a UID that became another may stand in what stays."""
        dotted = "\n".join(self.dotted.values())
        if any(uid in dotted for uids in self.uids.values() for uid in uids):
            raise Unrecalled


def _header(fates: list[Fate]) -> dict[int, Any]:
    return dict(sorted([pair for fate in fates for pair in fate.out], key=_tag_of))


class Recall:
    """The memory of one script, under one key and one lookup table; `depends` says on which others the outcome of an
    element may depend, `steady` which stay whatever number they hold, by tag and encoding, `needed` what a SOP class has
    to have, by the element that names it."""

    def __init__(self) -> None:
        self._contexts: dict[Hashable, Context] = {}
        self._shared: dict[Hashable, dict[Hashable, Neutral]] = {}
        self.depends: dict[int, tuple[int, ...]] = {}
        self.steady: dict[tuple[int, bool], Steady] = {}
        self.needed: dict[Hashable, frozenset[int]] = {}
        self._allows: bool | None = None
        self._numbers: dict[Told, int] = {}
        self._told: list[Told] = []
        self._forget()

    def _forget(self) -> None:
        nothing: Told = (frozenset(), frozenset(), frozenset(), frozenset(), frozenset(), frozenset())
        self._contexts.clear()
        self._shared.clear()
        self._numbers, self._told = {nothing: 0}, [nothing]

    def allows(self, rewriter: Rewriter) -> bool:
        """Whether a script decides about each element by itself: not where the numeric rule judges private elements
        together and some have lines of their own, and not where it inserts private ones."""
        if self._allows is None:
            script = rewriter.script
            named = [*script.privates, *(tag for tag in (*script.elements, *script.inserted) if tag & PRIVATE)]
            inserts = any(each.inserts for each in script.privates.values())
            self._allows = not inserts and not (rewriter.has_numeric_rule and named)
        return self._allows

    def context(self, pieces: Mapping[int, Hashable], root: Item, patient: Hashable) -> Context:
        """What is remembered of a patient."""
        if len(self._told) > _MOST_TOLD:
            self._forget()
        form = (root.is_implicit, root.is_little, *[pieces.get(tag) for tag in _FORM])
        key = (patient, form, *[pieces.get(tag) for tag in _WHOSE])
        found = self._contexts.get(key)
        if found is None:
            shared = self._shared.get(form)
            if shared is None:
                shared = added(self._shared, form, {}, _MOST_CONTEXTS)
            found = added(self._contexts, key, Context(shared), _MOST_CONTEXTS)
        return found

    def key(self, tag: int, piece: Hashable, pieces: Mapping[int, Hashable]) -> Hashable:
        """What an element's outcome is remembered under."""
        others = self.depends.get(tag)
        return piece if others is None else (piece, *[pieces.get(each) for each in others])

    def learn(self, tag: int, touched: set[int]) -> None:
        """Learn on which others an element's outcome depends."""
        known = self.depends.get(tag, ())
        if (tag == UNIT or len(touched) > 1) and (more := touched.difference(known, _FORM, _WHOSE, (tag,))):
            self.depends[tag] = (*known, *sorted(more))

    def number(self, identity: Identity) -> int:
        """The number of what one element tells; 0 is nothing."""
        told = (
            frozenset(identity.words),
            frozenset(identity.phrases),
            frozenset(identity.pairs),
            frozenset(identity.numbers),
            frozenset(identity.days),
            frozenset(identity.births),
        )
        found = self._numbers.setdefault(told, len(self._told))
        if found == len(self._told):
            self._told.append(told)
        return found

    def known(self, context: Context, told: frozenset[int]) -> Known:
        """What is remembered under a set of strings."""
        found = context.known.get(told)
        if found is None:
            found = added(context.known, told, Known(self._identity(told), told), _MOST_KNOWN)
        context.last = found
        return found

    def _identity(self, told: frozenset[int]) -> Identity:
        identity = Identity()
        for words, phrases, pairs, numbers, days, births in (self._told[number] for number in told):
            identity.words |= words
            identity.phrases |= phrases
            identity.pairs |= pairs
            identity.numbers |= numbers
            identity.days |= days
            identity.births |= births
        identity.settle()
        return identity


def added(to: dict[Key, Value], key: Key, value: Value, most: int) -> Value:
    """Remember something, and forget what was remembered first where there is too much."""
    if len(to) >= most and key not in to:
        to.pop(next(iter(to)))
    to[key] = value
    return value


def _tag_of(pair: tuple[int, Any]) -> int:
    return pair[0]


def remember(fates: dict[Hashable, Value], key: Hashable, fate: Value) -> None:
    """Remember a fate; what every image has is soon learned anew."""
    if len(fates) >= _MOST_FATES:
        fates.clear()
    fates[key] = fate
