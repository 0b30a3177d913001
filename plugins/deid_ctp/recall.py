"""Recall: what an element became, remembered, so that the next image of a series is hardly read at all.

An element's outcome is a function of its own bytes, of the elements that were looked at while it was decided, and of
the strings that the script takes away from this patient. All three are watched: `Root.touched` says what was looked
at, and an outcome is remembered under the bytes of all of it, apart for each set of strings. UIDs, of which every
image has its own, are no part of the set: they are looked for in what stays. What depends on the time, or on what came
before, is not remembered.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from obia.plugins.deid_ctp.cleaning import clean, complete, taken
from obia.plugins.deid_ctp.elements import CHARACTER_SET, TEXT, Branch, Element, Item
from obia.plugins.deid_ctp.identity import Identity
from obia.plugins.deid_ctp.required import required
from obia.plugins.deid_ctp.rewriting import Rewriter, Trace
from obia.plugins.deid_ctp.spelling import plain, squeezed

_CLASS, _PATIENT_ID, _ISSUER = 0x00080016, 0x00100020, 0x00100021
_CONTEXT = (CHARACTER_SET, _CLASS, _PATIENT_ID, _ISSUER)
_PRIVATE = 0x00010000
_UNIT = -1  # the place of the private elements, which the numeric rule judges together
_MOST_CONTEXTS, _MOST_KNOWN, _MOST_FATES, _MOST_TOLD = 16, 8, 2048, 8192  # what is remembered at most
_MOST_BYTES = 8192  # of an element that is remembered: a longer one rarely comes again

Tell = Callable[[list[Element], list[Element]], tuple[str, ...]]
Told = tuple[
    frozenset[str], frozenset[str], frozenset[tuple[str, str]], frozenset[str], frozenset[tuple[int, int, int]]
]


Key = TypeVar("Key")
Value = TypeVar("Value")


class Unrecalled(Exception):
    """A header that has to be cleaned as a whole."""


class Root(Item):
    """An instance whose elements are read when they are asked for; `touched` says which were."""

    __slots__ = ("_read", "_reader", "touched")

    def __init__(self, reader: Callable[[int, "Root"], Element | None], like: Item) -> None:
        super().__init__(None, like.charset, like.is_implicit, like.is_little)
        self._reader = reader
        self._read: dict[int, Element | None] = {}
        self.touched: set[int] = set()

    def get(self, tag: int) -> Element | None:
        """The element with this tag."""
        tag = int(tag)
        self.touched.add(tag)
        if tag not in self._read:
            self._read[tag] = self._reader(tag, self)
        return self._read[tag]


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


@dataclass(slots=True)
class _Draft:
    """An outcome before it is cleaned: the elements as they came, and the new ones in an item of their own."""

    elements: list[Element]
    made: Item
    trace: Trace
    actions: Counter[str]
    notes: list[str]
    touched: set[int]
    told: int = 0
    uids: tuple[str, ...] = ()
    is_pure: bool = True


@dataclass(slots=True)
class _Known:
    """The fates under one set of strings."""

    identity: Identity
    told: frozenset[int]
    fates: dict[Hashable, Fate] = field(default_factory=dict)


@dataclass(slots=True)
class _Context:
    """The sets of strings of one patient, and the one that held last."""

    known: dict[frozenset[int], _Known] = field(default_factory=dict)
    last: _Known | None = None


class Recall:
    """The memory of one script, under one key and one lookup table; `depends` says on which others the outcome of an
    element may depend."""

    def __init__(self) -> None:
        self._contexts: dict[Hashable, _Context] = {}
        self.depends: dict[int, tuple[int, ...]] = {}
        self._numbers: dict[Told, int] = {}
        self._told: list[Told] = []
        self._forget()

    def _forget(self) -> None:
        nothing: Told = (frozenset(), frozenset(), frozenset(), frozenset(), frozenset())
        self._contexts.clear()
        self._numbers, self._told = {nothing: 0}, [nothing]

    def context(self, pieces: Mapping[int, Hashable], root: Item, patient: Hashable) -> _Context:
        """What is remembered of a patient."""
        if len(self._told) > _MOST_TOLD:
            self._forget()
        key = (patient, root.is_implicit, root.is_little, *[pieces.get(tag) for tag in _CONTEXT])
        found = self._contexts.get(key)
        return found or _added(self._contexts, key, _Context(), _MOST_CONTEXTS)

    def key(self, tag: int, piece: Hashable, pieces: Mapping[int, Hashable]) -> Hashable:
        """What an element's outcome is remembered under."""
        others = self.depends.get(tag)
        return piece if others is None else (piece, *[pieces.get(each) for each in others])

    def learn(self, tag: int, touched: set[int]) -> None:
        """Learn on which others an element's outcome depends."""
        known = self.depends.get(tag, ())
        if len(touched) > 1 and (more := touched.difference(known, _CONTEXT, (tag,))):
            self.depends[tag] = (*known, *sorted(more))

    def number(self, identity: Identity) -> int:
        """The number of what one element tells; 0 is nothing."""
        told = (
            frozenset(identity.words),
            frozenset(identity.phrases),
            frozenset(identity.pairs),
            frozenset(identity.numbers),
            frozenset(identity.days),
        )
        found = self._numbers.setdefault(told, len(self._told))
        if found == len(self._told):
            self._told.append(told)
        return found

    def known(self, context: _Context, told: frozenset[int]) -> _Known:
        """What is remembered under a set of strings."""
        found = context.known.get(told) or _added(context.known, told, _Known(self._identity(told), told), _MOST_KNOWN)
        context.last = found
        return found

    def _identity(self, told: frozenset[int]) -> Identity:
        identity = Identity()
        for words, phrases, pairs, numbers, days in (self._told[number] for number in told):
            identity.words |= words
            identity.phrases |= phrases
            identity.pairs |= pairs
            identity.numbers |= numbers
            identity.days |= days
        identity.settle()
        return identity


def _added(to: dict[Key, Value], key: Key, value: Value, most: int) -> Value:
    """Remember something, and forget what was remembered first where there is too much."""
    if len(to) >= most:
        to.pop(next(iter(to)))
    to[key] = value
    return value


class Walk:
    """One header on its way: `pieces` stand for its elements, `root` reads one where it must; `patient` is whose it is
    where the header alone does not say so, `encode` makes what is remembered of a new element, `tell` what a record
    says of old elements and new ones."""

    def __init__(
        self, recall: Recall, pieces: Mapping[int, Hashable], root: Root, rewriter: Rewriter,
        encode: Callable[[Element, Item], object], patient: Hashable = None, tell: Tell | None = None,
    ) -> None:  # fmt: skip
        self.recall = recall
        self.pieces = pieces
        self.root = root
        self.rewriter = rewriter
        self.encode = encode
        self.patient = patient
        self.tell = tell
        self.drafts: dict[int, _Draft] = {}
        self.needed = required(root.text(_CLASS) or "") if rewriter.is_guarded else frozenset()

    def fates(self) -> list[Fate]:
        """Every element's fate: known under the strings that held last or, where others hold, under those.

        Raises Unrecalled where a UID that became another may stand in what stays.
        """
        recall = self.recall
        context = recall.context(self.pieces, self.root, self.patient)
        tags, units = self._units()
        known = context.last or recall.known(context, frozenset())
        keys = self._keys(tags, units)
        fates = list(map(known.fates.get, keys))
        told = {self._draft(tag).told if fate is None else fate.told for tag, fate in zip(tags, fates, strict=True)}
        told.discard(0)
        if told != known.told:
            known = recall.known(context, frozenset(told))
            fates = list(map(known.fates.get, keys))
        whole = [
            self._finished(tag, unit, known) if fate is None else fate
            for tag, unit, fate in zip(tags, units, fates, strict=True)
        ]
        _look_for_uids(whole)
        return whole

    def _units(self) -> tuple[list[int], list[Hashable]]:
        """What is decided by itself: elements, those the script inserts, and the private ones of the numeric rule."""
        tags, units = list(self.pieces), list(self.pieces.values())
        if self.rewriter.has_numeric_rule and (privates := [tag for tag in tags if tag & _PRIVATE]):
            tags = [tag for tag in tags if not tag & _PRIVATE] + [_UNIT]
            units = [self.pieces[tag] for tag in tags[:-1]] + [tuple([self.pieces[tag] for tag in privates])]
        for tag in self.rewriter.script.inserted:
            if tag not in self.pieces:
                tags.append(tag)
                units.append(tag)
        return tags, units

    def _keys(self, tags: list[int], units: list[Hashable]) -> list[Hashable]:
        """What each is remembered under: most depend on nothing but themselves."""
        depends, key = self.recall.depends, self.recall.key
        return [key(tag, unit, self.pieces) if tag in depends else unit for tag, unit in zip(tags, units, strict=True)]

    def _draft(self, tag: int) -> _Draft:
        """What the script makes of an element, by itself."""
        if tag in self.drafts:
            return self.drafts[tag]
        rewriter, root, notes = self.rewriter, self.root, self.rewriter.policy.notes
        rewriter.evaluator.is_pure = True
        begun, root.touched = len(notes), set()
        rewriter.trace, rewriter.actions = Trace(), Counter()
        made = Item(None, root.charset, root.is_implicit, root.is_little)
        elements = self._elements(tag)
        if tag != _UNIT and tag not in self.pieces:
            news = [rewriter.inserted(root, tag, rewriter.script.inserted[tag])]
        else:
            news = [rewriter.rewritten(root, each, made) for each in elements]
        made.elements = [new for new in news if new is not None]
        told, uids = self._told(rewriter.trace) if rewriter.trace.taken else (0, ())
        draft = self.drafts[tag] = _Draft(
            elements, made, rewriter.trace, rewriter.actions, notes[begun:], root.touched,
            told, uids, rewriter.evaluator.is_pure,
        )  # fmt: skip
        return draft

    def _told(self, trace: Trace) -> tuple[int, tuple[str, ...]]:
        identity = taken(trace)
        return self.recall.number(identity), tuple(identity.uids)

    def _elements(self, tag: int) -> list[Element]:
        tags = [each for each in self.pieces if each & _PRIVATE] if tag == _UNIT else [tag]
        return [element for each in tags if (element := self.root.get(each)) is not None]

    def _finished(self, tag: int, piece: Hashable, known: _Known) -> Fate:
        """Clean a draft, and remember what came of it."""
        draft, rewriter, notes = self._draft(tag), self.rewriter, self.rewriter.policy.notes
        begun, self.root.touched = len(notes), draft.touched
        rewriter.trace, rewriter.actions, rewriter.evaluator.is_pure = draft.trace, draft.actions, draft.is_pure
        clean(rewriter, known.identity)
        if rewriter.is_guarded:
            draft.actions["D"] += complete(draft.elements, draft.made, self.needed)
        fate = Fate(
            tuple([(int(each.tag), self.encode(each, self.root)) for each in draft.made.elements]),
            "".join(letter * count for letter, count in draft.actions.items()),
            draft.told,
            draft.uids,
            (*draft.notes, *notes[begun:]),
            _dotted(draft.trace, draft.made),
            self.tell(draft.elements, draft.made.elements) if self.tell else (),
        )
        touched = {each for each in draft.touched if not each & _PRIVATE} if tag == _UNIT else draft.touched
        self.recall.learn(tag, touched)
        if rewriter.evaluator.is_pure and sum(map(_size, draft.elements)) <= _MOST_BYTES:
            if len(known.fates) >= _MOST_FATES:
                known.fates.clear()  # what every image has is soon learned anew
            known.fates[self.recall.key(tag, piece, self.pieces)] = fate
        return fate


def _size(element: Element) -> int:
    return 0 if isinstance(element, Branch) else len(element.value or b"")


def _dotted(trace: Trace, made: Item) -> str:
    """What stays and has a point, as UIDs do: text as it is searched, other values byte by byte."""
    found = []
    privates = [(made, made, each) for each in made.elements if each.tag & _PRIVATE and not isinstance(each, Branch)]
    for item, _, element in (*trace.kept, *privates):
        value = element.value or b""
        if element.VR not in TEXT:
            value = squeezed(value)
        if b"." in value or not value.isascii():
            found.append(plain(item.charset.decode(value)) if element.VR in TEXT else value.decode("latin-1"))
    return "\n".join(found)


def _look_for_uids(fates: list[Fate]) -> None:
    """Raise Unrecalled where a UID that became another may stand in what stays."""
    dotted = "\n".join([fate.dotted for fate in fates if fate.dotted])
    for fate in fates:
        for uid in fate.uids:
            if uid in dotted:
                raise Unrecalled
