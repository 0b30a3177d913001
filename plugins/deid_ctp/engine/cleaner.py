"""Cleaning: what a script let stay, searched for what it took away, when the whole header is walked."""

import re
from collections.abc import Container, Iterable

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.dummies import dummy, raw
from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.engine.rewriter import Rewriter, Trace
from obia.plugins.deid_ctp.identifiers.private_numbers import kept_privates
from obia.plugins.deid_ctp.identifiers.retained_values import Remains
from obia.plugins.deid_ctp.identifiers.search import Identity, note, uids_in
from obia.plugins.deid_ctp.language.java_text import integer
from obia.plugins.deid_ctp.language.script import UNNAMED_DATES
from obia.plugins.deid_ctp.profile.type1 import required, required_in_items

OFFSET = "DATEINC"
_SOP_CLASS = 0x00080016
_FRACTION = re.compile(r"\.(\d+)", re.A)


def cleaned(rewriter: Rewriter) -> Item:
    """Return the header that a rewriter makes, without what the script took away."""
    root = rewriter.root()
    identity = taken(rewriter.trace)
    identity.settle()
    clean(rewriter, identity)
    return root


def clean(rewriter: Rewriter, identity: Identity) -> None:
    """Clean what a rewriter has made, in place; count P for private elements kept, F for values cleaned."""
    trace, actions = rewriter.trace, rewriter.actions
    for item, made, privates in trace.privates.values():
        kept = _keep_privates(item, made, privates, identity)
        actions["P"] += kept
        actions["X"] += len(privates) - kept
    _cut_fractions(trace, identity)
    if trace.kept:
        actions["F"] += Remains(identity, rewriter.is_guarded, lambda: _offset(rewriter)).clean(trace.kept)
    if rewriter.is_guarded:
        for item, made in trace.walked:
            needed = required(item.text(_SOP_CLASS) or "") if item.parent is None else required_in_items()
            actions["D"] += complete(item.elements, made, needed)


def taken(trace: Trace) -> Identity:
    """Collect, unsettled, what the script took away: the strings that may stand nowhere else."""
    identity = Identity()
    for item, _, element, new in trace.taken:
        if not isinstance(element, Branch):
            if new is None or isinstance(new, Branch) or new.value != element.value:
                note(identity, item, element)
        elif id(element) not in trace.entered:
            for inner, each in _inside(element):
                note(identity, inner, each)
    return identity


def uids_taken(trace: Trace) -> tuple[str, ...] | None:
    """The UIDs that became others, where the script took nothing else; None where it did."""
    uids: dict[str, None] = {}
    for item, _, element, new in trace.taken:
        if isinstance(element, Branch):
            if id(element) not in trace.entered:
                return None
        elif element.VR != "UI":
            return None
        elif new is None or isinstance(new, Branch) or new.value != element.value:
            uids.update(dict.fromkeys(uids_in(item.text_of(element) or "")))
    return tuple(uids)


def _inside(branch: Branch) -> Iterable[tuple[Item, RawDataElement]]:
    for item in branch.items:
        for inner, element in item.walk():
            if not isinstance(element, Branch):
                yield inner, element


def _offset(rewriter: Rewriter) -> int | None:
    """By how many days the script moves this patient's dates; None where it moves none."""
    if UNNAMED_DATES in rewriter.script.keeps:
        return None
    if rewriter.is_guarded or OFFSET in rewriter.script.text:
        return integer(rewriter.evaluator.parameter(OFFSET) or "", 32)
    return None


def _keep_privates(item: Item, made: Item, privates: list[Element], identity: Identity) -> int:
    """Keep those that are numbers and nobody's, and the creators of whatever stays; return how many."""
    kept = {int(each.tag): each for each in kept_privates(privates, item.charset, item.is_little, identity)}
    for each in made.elements:
        owner = int(each.tag) & 0xFFFF0000 | (int(each.tag) & 0xFFFF) >> 8
        if each.tag & 0x10000 and owner not in kept and made.get(owner) is None:
            kept.update((owner, one) for one in privates if int(one.tag) == owner and not isinstance(one, Branch))
    if kept:
        made.elements = sorted((*made.elements, *kept.values()), key=lambda each: int(each.tag))
        made.forget()
    return len(kept)


def _cut_fractions(trace: Trace, identity: Identity) -> None:
    """Take the patient's own numbers out of the fractions of seconds of dates that moved."""
    for _, made, _, new in trace.taken:
        if new is not None and not isinstance(new, Branch) and new.VR == "DT" and b"." in (new.value or b""):
            text = (new.value or b"").decode("latin-1")
            cut = _FRACTION.sub(lambda found: "" if identity.owns(found[1]) else found[0], text)
            if cut != text:
                made.replace(raw(new.tag, "DT", cut.strip().encode("latin-1"), made))


def complete(elements: Iterable[Element], made: Item, needed: Container[int]) -> int:
    """Give a dummy to every element of Type 1 that had a value and has none; return how many."""
    count = 0
    for element in elements:
        tag = int(element.tag)
        if tag in needed and _has_value(element) and not _has_value(made.get(tag)):
            made.replace(dummy(tag, (standard_vr(tag) or "LO").split(" or ")[0], made))
            count += 1
    return count


def _has_value(element: Element | None) -> bool:
    return element is not None and bool(element.items if isinstance(element, Branch) else element.value)
