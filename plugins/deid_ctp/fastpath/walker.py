"""Walking: one header on its way through a script, element by element, by what is remembered of others.

What decides an element's outcome is watched: `Root.touched` says which others were looked at.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item
from obia.plugins.deid_ctp.engine.cleaner import clean, complete, taken, uids_taken
from obia.plugins.deid_ctp.engine.rewriter import Rewriter, Trace
from obia.plugins.deid_ctp.fastpath.representation import Form
from obia.plugins.deid_ctp.fastpath.result_cache import (
    MOST_CLASSES,
    MOST_MOULDS,
    MOST_PAGES,
    MOST_STAYED,
    PRIVATE,
    UNIT,
    Context,
    Fate,
    Known,
    Neutral,
    Page,
    Recall,
    Stayed,
    Steady,
    Tell,
    Unrecalled,
    Walked,
    added,
    remember,
)
from obia.plugins.deid_ctp.fastpath.uid_templates import Caster, Moulds, Unit, mould
from obia.plugins.deid_ctp.identifiers.private_numbers import row
from obia.plugins.deid_ctp.identifiers.retained_values import Searched, admits_alone, clears, dotted_text, searched
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.functions import KEEP
from obia.plugins.deid_ctp.profile.type1 import required

_CLASS = 0x00080016
_UID = re.compile(r"\d*\.[\d.]*", re.A)  # one that is found where it stands, and in no other form
_STEADY = frozenset(("DS", "IS", "TM", "US", "SS"))  # the VRs of what is judged by itself where it stays
_MOST_BYTES = 8192  # of an element that is remembered: a longer one rarely comes again


class Root(Item):
    """An instance whose elements are read when they are asked for; `touched` says which were.

    What reading one looked at is touched whenever that one is. What it notes is kept apart, in `noted` by tag: it
    belongs to the element, whoever asks for it first.
    """

    __slots__ = ("_needs", "_notes", "_read", "_reader", "noted", "touched")

    def __init__(self, reader: Callable[[int, "Root"], Element | None], like: Item, notes: list[str]) -> None:
        super().__init__(None, like.charset, like.is_implicit, like.is_little)
        self._reader = reader
        self._notes = notes
        self._read: dict[int, Element | None] = {}
        self._needs: dict[int, set[int]] = {}
        self.noted: dict[int, list[str]] = {}
        self.touched: set[int] = set()

    def get(self, tag: int) -> Element | None:
        """The element with this tag."""
        tag = int(tag)
        element = self.unwatched(tag)
        self.touched.add(tag)
        if tag in self._needs:
            self.touched |= self._needs[tag]
        return element

    def needs(self, tag: int) -> frozenset[int] | set[int]:
        """The others that were looked at when an element was read."""
        return self._needs.get(tag, frozenset())

    def unwatched(self, tag: int) -> Element | None:
        """The element with this tag, of which nothing is to be learned."""
        if tag not in self._read:
            outer, self.touched, begun = self.touched, set(), len(self._notes)
            self._read[tag] = self._reader(tag, self)
            if self.touched:
                self._needs[tag] = self.touched
            if len(self._notes) > begun:
                self.noted[tag] = self._notes[begun:]
                del self._notes[begun:]
            self.touched = outer
        return self._read[tag]


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
    asked: list[Expression] = field(default_factory=list)


class Walk:
    """One header on its way: `pieces` stand for its elements, `root` reads one where it must; `patient` is whose it is
    where the header alone does not say so, `form` says what pieces are, `tell` what a record says of old elements and
    new ones."""

    def __init__(
        self, recall: Recall, pieces: Mapping[int, Any], root: Root, rewriter: Rewriter,
        form: Form, patient: Hashable = None, tell: Tell | None = None,
    ) -> None:  # fmt: skip
        self.recall = recall
        self.pieces = pieces
        self.root = root
        self.rewriter = rewriter
        self.form = form
        self.patient = patient
        self.tell = tell
        self.drafts: dict[int, _Draft] = {}
        self.staying: dict[int, tuple[RawDataElement, Fate]] = {}
        self.free: dict[int, Fate | None] = {}
        self.anew: set[int] = set()
        self.needed = self._needed() if rewriter.is_guarded else frozenset()

    def _needed(self) -> frozenset[int]:
        """The elements that the class of the instance has to have."""
        piece = self.pieces.get(_CLASS)
        found = self.recall.needed.get(piece)
        if found is None:
            found = added(self.recall.needed, piece, required(self.root.text(_CLASS) or ""), MOST_CLASSES)
        return found

    def walk(self) -> Walked:
        """Every element's fate: known under the strings that held last or, where others hold, under those.

        Raises Unrecalled where a UID that became another may stand in what stays, and for a script that decides about
        elements together.
        """
        if not self.recall.allows(self.rewriter):
            raise Unrecalled
        context = self.recall.context(self.pieces, self.root, self.patient)
        page = self._turned(context) or self._page(context)
        page.look_for_uids()
        return Walked(page.fates, page.header, [note for notes in page.notes.values() for note in notes])

    def _page(self, context: Context) -> Page:
        """Look every element up."""
        recall = self.recall
        tags, units = self._units()
        known = context.last or recall.known(context, frozenset())
        keys = self._keys(tags, units)
        told = {self._told_by(tag, key, known, context) for tag, key in zip(tags, keys, strict=True)}
        told.discard(0)
        if told != known.told:
            known = recall.known(context, frozenset(told))
        self._adopt(keys, known, context)
        fates = list(map(known.fates.get, keys))
        whole = [
            self._fate(tag, context, known) if fate is None else fate for tag, fate in zip(tags, fates, strict=True)
        ]
        page = Page(known, self.pieces, tags, self.anew, whole)
        return context.keep(page)

    def _told_by(self, tag: int, key: Hashable, known: Known, context: Context) -> int:
        """The number of what an element tells, whatever else is told."""
        if (fate := known.fates.get(key)) is not None:
            return fate.told
        if (neutral := context.neutral_of(key)) is not None:
            return neutral.fate.told
        return 0 if self._freely(tag, context) is not None else self._tells(tag)

    def _adopt(self, keys: list[Hashable], known: Known, context: Context) -> None:
        """Adopt fates that were found under other strings, where none of these is in what stays."""
        unknown = [key for key in keys if key not in known.fates]
        found = {key: neutral for key in unknown if (neutral := context.neutral_of(key)) is not None}
        is_clear = self._clears(known, *found.values())
        for key, neutral in found.items():
            if is_clear or self._clears(known, neutral):
                remember(known.fates, key, neutral.fate)

    def _clears(self, known: Known, *neutrals: Neutral) -> bool:
        return clears(known.identity, [each.searched for each in neutrals], self.rewriter.is_guarded)

    def _turned(self, context: Context) -> Page | None:
        """Look up what differs from the last header with these tags, where that is all that may be otherwise; None
        where it is not."""
        page = context.pages.get(tuple(self.pieces))
        if page is None:
            return None
        known, places = page.known, page.places
        found = {
            tag: known.fates.get(self._key(tag)) or self._alike(tag, context, known)
            for tag in self._affected(page, page.changed(self.pieces))
        }
        for tag, fate in found.items():
            if (self._tells(tag) if fate is None else fate.told) != page.fates[places[tag]].told:
                return None
        fates = {places[tag]: self._fate(tag, context, known) if fate is None else fate for tag, fate in found.items()}
        page.turn(self.pieces, self.anew, fates)
        return page

    def _alike(self, tag: int, context: Context, known: Known) -> Fate | None:
        """The fate of an element that is like one before it, but for a number that stays or for UIDs."""
        if tag == UNIT:
            unit = None if UNIT in self.recall.depends else known.units.get(tuple(self.privates))
            return None if unit is None else unit.cast(self.pieces, self.root, known.identity)
        if (stayed := context.stayed.get(self.pieces.get(tag))) is not None:
            return self._again(tag, stayed, context, known)
        if self._stays(tag):
            return self._steadily(tag, context, known)
        return self._freely(tag, context) or self._cast(tag, known.moulds)

    def _freely(self, tag: int, context: Context) -> Fate | None:
        """The fate of an element that is like one before it but for its UIDs, whatever the strings."""
        if tag not in self.free:
            self.free[tag] = self._cast(tag, context.moulds)
        return self.free[tag]

    def _cast(self, tag: int, moulds: Moulds) -> Fate | None:
        """The fate of an element as that of one of some moulds."""
        for each in moulds.get(tag, {}).values() if tag in self.pieces else ():
            if (fate := each.cast(tag, self.pieces[tag], self.rewriter.policy.new_uid)) is not None:
                return fate
        return None

    def _affected(self, page: Page, changed: list[int]) -> list[int]:
        """The units that may have another fate, in order: of other bytes, dependent on such, or never remembered."""
        tags, affected = set(changed), set(page.anew)
        if self.rewriter.has_numeric_rule:
            affected.update([UNIT if tag & PRIVATE else tag for tag in changed])
        else:
            affected.update(changed)
        affected.update([tag for tag, others in self.recall.depends.items() if not tags.isdisjoint(others)])
        return sorted([tag for tag in affected if tag in page.places], key=page.places.__getitem__)

    def _units(self) -> tuple[list[int], list[Hashable]]:
        """What is decided by itself: elements, those the script inserts, and the private ones of the numeric rule."""
        tags, units = list(self.pieces), list(self.pieces.values())
        if self.rewriter.has_numeric_rule and self.privates:
            tags = [tag for tag in tags if not tag & PRIVATE] + [UNIT]
            units = [self.pieces[tag] for tag in tags[:-1]] + [self._unit()]
        inserted = [tag for tag in self.rewriter.script.inserted if tag not in self.pieces]  # first, as ever
        return [*inserted, *tags], [*inserted, *units]

    def _keys(self, tags: list[int], units: list[Hashable]) -> list[Hashable]:
        """What each is remembered under: most depend on nothing but themselves."""
        depends, key = self.recall.depends, self.recall.key
        return [key(tag, unit, self.pieces) if tag in depends else unit for tag, unit in zip(tags, units, strict=True)]

    def _key(self, tag: int) -> Hashable:
        """What one unit is remembered under."""
        if tag == UNIT:
            return self.recall.key(tag, self._unit(), self.pieces)
        return self.recall.key(tag, self.pieces.get(tag, tag), self.pieces)

    @cached_property
    def privates(self) -> list[int]:
        """The tags of the private elements."""
        return [tag for tag in self.pieces if tag & PRIVATE]

    def _unit(self) -> tuple[Hashable, ...]:
        """The private elements, as one."""
        return tuple([self.pieces[tag] for tag in self.privates])

    def _fate(self, tag: int, context: Context, known: Known) -> Fate:
        """The fate of an element that is not known: as that of others with its tag, or found out."""
        if tag in self.staying and (fate := self._steadily(tag, context, known)) is not None:
            return fate
        return self._freely(tag, context) or self._finished(tag, context, known)

    def _steadily(self, tag: int, context: Context, known: Known) -> Fate | None:
        """The fate of an element that stays, unless it is the patient's."""
        element, fate = self.staying[tag]
        if not admits_alone(element, self.root.is_little, known.identity, self.rewriter.is_guarded):
            return None
        out = ((tag, self.form.kept(self.pieces[tag], element, self.root)),)
        new = Fate(out, fate.letters, 0, (), (), dotted_text([(self.root, element)]), fate.said)
        if not tag & PRIVATE and not self.root.needs(tag):  # its bytes alone say what it is
            added(context.stayed, self.pieces[tag], Stayed(element, new, known), MOST_STAYED)
        return new

    def _again(self, tag: int, stayed: Stayed, context: Context, known: Known) -> Fate | None:
        """The fate of an element that stayed under other strings, unless it is the patient's under these."""
        if stayed.known is known:
            return stayed.fate
        if not admits_alone(stayed.element, self.root.is_little, known.identity, self.rewriter.is_guarded):
            return None
        return added(context.stayed, self.pieces[tag], Stayed(stayed.element, stayed.fate, known), MOST_STAYED).fate

    def _stays(self, tag: int) -> bool:
        """Whether an element stays as others with its tag did, unless it is the patient's."""
        if tag in self.staying:
            return True
        steady = self.recall.steady.get((tag, self.root.is_implicit))
        if steady is None:
            return False
        element = self.root.unwatched(tag)
        if needs := self.root.needs(tag):
            self.recall.learn(tag, {tag, *needs})
        if not isinstance(element, RawDataElement) or steady.vr != element.VR or not element.value:
            return False
        if steady.expression is not None and not self._keeps(steady.expression, tag, element):
            return False
        self.staying[tag] = (element, steady.fate)
        return True

    def _keeps(self, expression: Expression, tag: int, element: RawDataElement) -> bool:
        """Whether an expression lets an element stay, and looks at nothing else."""
        evaluator, root = self.rewriter.evaluator, self.root
        evaluator.is_pure, evaluator.asked, root.touched = True, [], set()
        result = evaluator.evaluate(expression, root, element, self.rewriter.vr_of(root, element))
        return result == KEEP and evaluator.is_pure and root.touched <= {tag}

    def _tells(self, tag: int) -> int:
        """The number of what an element tells: the script takes nothing from one that stays."""
        return 0 if self._stays(tag) else self._draft(tag).told

    def _draft(self, tag: int) -> _Draft:
        """What the script makes of an element, by itself."""
        if tag in self.drafts:
            return self.drafts[tag]
        rewriter, root, notes = self.rewriter, self.root, self.rewriter.policy.notes
        rewriter.evaluator.is_pure, rewriter.evaluator.asked = True, []
        begun, root.touched = len(notes), set()
        rewriter.trace, rewriter.actions = Trace(), Counter()
        made = Item(None, root.charset, root.is_implicit, root.is_little)
        elements = self._elements(tag)
        noted = [note for each in elements for note in root.noted.get(int(each.tag), ())]
        if tag != UNIT and tag not in self.pieces:
            news = [rewriter.inserted(root, tag, rewriter.script.inserted[tag])]
        else:
            news = [rewriter.rewritten(root, each, made) for each in elements]
        made.elements = [new for new in news if new is not None]
        told, uids = self._told(rewriter.trace) if rewriter.trace.taken else (0, ())
        draft = self.drafts[tag] = _Draft(
            elements, made, rewriter.trace, rewriter.actions, [*noted, *notes[begun:]], root.touched,
            told, uids, rewriter.evaluator.is_pure, rewriter.evaluator.asked,
        )  # fmt: skip
        return draft

    def _told(self, trace: Trace) -> tuple[int, tuple[str, ...]]:
        """What an element tells, by number, and its UIDs. Raises Unrecalled for one that does not look like one."""
        uids, number = uids_taken(trace), 0
        if uids is None:
            identity = taken(trace)
            uids, number = tuple(identity.uids), self.recall.number(identity)
        if not all(map(_UID.fullmatch, uids)):
            raise Unrecalled
        return number, uids

    def _elements(self, tag: int) -> list[Element]:
        tags = self.privates if tag == UNIT else [tag]
        return [element for each in tags if (element := self.root.get(each)) is not None]

    def _finished(self, tag: int, context: Context, known: Known) -> Fate:
        """Clean a draft, and remember what came of it."""
        draft, rewriter, notes = self._draft(tag), self.rewriter, self.rewriter.policy.notes
        begun, self.root.touched = len(notes), draft.touched
        rewriter.trace, rewriter.actions, rewriter.evaluator.is_pure = draft.trace, draft.actions, draft.is_pure
        clean(rewriter, known.identity)
        if rewriter.is_guarded:
            draft.actions["D"] += complete(draft.elements, draft.made, self.needed)
        fate = Fate(
            tuple([(int(each.tag), self.form.made(each, self.root)) for each in draft.made.elements]),
            "".join(letter * count for letter, count in draft.actions.items()),
            draft.told,
            draft.uids,
            (*draft.notes, *notes[begun:]),
            _dotted(draft.trace, draft.made),
            self.tell(draft.elements, draft.made.elements) if self.tell else (),
        )
        touched = {each for each in draft.touched if not each & PRIVATE} if tag == UNIT else draft.touched
        self.recall.learn(tag, touched)
        of = self._searched(draft, fate)
        if rewriter.evaluator.is_pure and sum(map(_size, draft.elements)) <= _MOST_BYTES:
            key = self._key(tag)
            remember(known.fates, key, fate)
            if of is not None:
                is_anybodys = self.patient is None and draft.touched <= {tag}
                remember(context.shared if is_anybodys else context.neutral, key, Neutral(fate, of))
        else:
            self.anew.add(tag)
        if draft.is_pure and not draft.told and tag in self.pieces:
            self._learn_mould(tag, draft, fate, known.moulds if of is None or any(of) else context.moulds)
        if draft.is_pure and tag == UNIT and not touched:
            self._learn_unit(draft, fate, known)
        if len(draft.asked) < 2 and draft.is_pure and len(draft.trace.kept) == 1 and draft.touched == {tag}:
            self._learn_steady(tag, draft, fate)
        return fate

    def _searched(self, draft: _Draft, fate: Fate) -> Searched | None:
        """What of an element is searched, where the patient's strings have no other part in it, and none was found:
        numbers are cut out of fractions, too."""
        trace = draft.trace
        is_cut = any(new is not None and new.VR == "DT" for *_, new in trace.taken)
        if fate.notes or trace.privates or is_cut or draft.actions["F"]:
            return None
        return searched(trace.kept, self.rewriter.is_guarded)

    def _learn_mould(self, tag: int, draft: _Draft, fate: Fate, among: Moulds) -> None:
        """Learn what becomes of an element of which only the UIDs are others."""
        if draft.uids and draft.touched == {tag}:
            moulds, new_uid = among.setdefault(tag, {}), self.rewriter.policy.new_uid
            caster = Caster(self.form, self.rewriter.evaluator.parameter, new_uid)
            learned = mould(moulds, tag, self.pieces[tag], fate, draft.trace, draft.asked, caster)
            if learned is not None:
                added(moulds, learned.key, learned, MOST_MOULDS)

    def _learn_unit(self, draft: _Draft, fate: Fate, known: Known) -> None:
        """Learn which private elements stay as numbers, where the numeric rule decides about all of them."""
        pieces = {tag: self.pieces[tag] for tag in self.privates}
        judged = sum(len(privates) for *_, privates in draft.trace.privates.values())
        if not fate.notes and judged == len(pieces):
            stay = row(draft.elements, self.root.charset, self.root.is_little, known.identity)
            if stay is not None:
                unit = Unit(self.form, pieces, draft.elements, stay, fate)
                added(known.units, tuple(pieces), unit, MOST_PAGES)

    def _learn_steady(self, tag: int, draft: _Draft, fate: Fate) -> None:
        """Learn that an element stays where its expression says so: nothing else was asked, and it came out as it went
        in."""
        [(_, _, kept)] = draft.trace.kept
        if draft.elements == [kept] == draft.made.elements and kept.VR in _STEADY and kept.value and not fate.notes:
            out = ((tag, self.form.kept(self.pieces[tag], kept, self.root)),)
            if fate.out == out:
                asked = draft.asked[0] if draft.asked else None
                self.recall.steady[tag, self.root.is_implicit] = Steady(kept.VR, fate, asked)


def _size(element: Element) -> int:
    return 0 if isinstance(element, Branch) else len(element.value or b"")


def _dotted(trace: Trace, made: Item) -> str:
    """What stays and has a point, as UIDs do."""
    kept = [(item, element) for item, _, element in trace.kept]
    kept += [(made, each) for each in made.elements if each.tag & PRIVATE and not isinstance(each, Branch)]
    return dotted_text(kept)
