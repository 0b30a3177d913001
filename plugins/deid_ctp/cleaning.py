"""Cleaning: one header walked by a script, element by element, at every depth. What cannot be made clean goes."""

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

from pydicom import Dataset
from pydicom import Sequence as Items
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag

from obia.plugins.deid_ctp.codes import claims
from obia.plugins.deid_ctp.dummies import branch, dataset, dummy, raw
from obia.plugins.deid_ctp.elements import CHARACTER_SET, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.expressions import Expression, compile_expression
from obia.plugins.deid_ctp.fitting import encoded, fitted
from obia.plugins.deid_ctp.functions import DUMMY, KEEP, REMOVE
from obia.plugins.deid_ctp.identity import Identity
from obia.plugins.deid_ctp.patients import Subject
from obia.plugins.deid_ctp.privates import kept_privates
from obia.plugins.deid_ctp.references import PrivateTag
from obia.plugins.deid_ctp.remains import Elements, Remains
from obia.plugins.deid_ctp.required import required, required_in_items
from obia.plugins.deid_ctp.script import CODE_SEQUENCE, Script

_PIXELS = 0x7FE00000
_FIRST_GROUP = 0x00080000  # below lie commands, file meta and directories: none belongs into a header
_CODE_VALUE, _CODE_SCHEME, _CODE_MEANING = 0x00080100, 0x00080102, 0x00080104
_FRACTION = re.compile(r"\.(\d+)", re.A)
_WRITTEN = frozenset(("AE", "LO", "LT", "SH", "ST", "UC", "UT"))  # the VRs of free text
_PERSONAL = frozenset((0x0010, 0x0032, 0x0038, 0x0040))  # groups of patients, requests, visits and procedures

# What becomes of an element no script names: these VRs say enough by themselves
_BY_VR = {
    vr: compile_expression(text, "built in")
    for vr, text in {
        "DA": "@incrementdate(this,@DATEINC)",
        "DT": "@incrementdate(this,@DATEINC)",
        "UI": "@hashuid(@UIDROOT,this)",
        "PN": "@remove()",
        "UR": "@remove()",
    }.items()
}
_REMOVED = compile_expression("@remove()", "built in")


class Fate(Enum):
    """What becomes of an element, where it is no new value."""

    REMOVE = auto()
    KEEP = auto()
    EMPTY = auto()
    DUMMY = auto()


_FATES = {KEEP: Fate.KEEP, DUMMY: Fate.DUMMY, "": Fate.EMPTY, "@empty()": Fate.EMPTY}


def fate(result: str) -> Fate | str:
    """Read what an expression gave: a directive, or the new value."""
    if REMOVE in result:
        return Fate.REMOVE
    if result.startswith("@blank("):
        return Fate.EMPTY
    return _FATES.get(result, result)


@dataclass(slots=True)
class Cleaner:
    """Cleans one header. `actions` counts what was done: K kept, X removed, Z emptied, D dummy, U UID, C date,
    P private kept, F emptied because it held one of the patient's own strings."""

    script: Script
    subject: Subject
    identity: Identity
    sop_class: str
    actions: Counter[str] = field(default_factory=Counter)
    _remains: Remains = field(init=False)
    _finished: list[tuple[Item, Elements]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._remains = Remains(self.identity)

    def clean(self, root: Item) -> Dataset:
        """Return the clean header."""
        header = self._item(root)
        if emptied := self._remains.empty():
            self.actions["F"] += emptied
        for item, elements in self._finished:
            self._complete(item, elements)
        return header

    def _item(self, item: Item) -> Dataset:
        elements: Elements = {}
        privates: list[Element] = []
        for element in item.elements:
            tag = element.tag
            if tag & 0x10000:
                privates.append(element)
                continue
            made = self._standard(item, element, int(tag), elements)
            if made is not None:
                elements[made.tag] = made
        if privates:
            self._privates(item, privates, elements)
        if item.parent is None:
            self._insert(item, elements)
        self._finished.append((item, elements))
        return dataset(elements, item)  # which still change while texts are looked through

    def _standard(
        self, item: Item, element: Element, tag: int, elements: Elements
    ) -> DataElement | RawDataElement | None:
        """Return what becomes of a standard element; None where it goes."""
        if self._always_goes(tag):
            self.actions["X"] += 1
            return None
        if tag == CHARACTER_SET:
            return raw(tag, "CS", "\\".join(item.charset.terms).encode("ascii"), item)
        known = standard_vr(tag)
        expression = self.script.elements.get(tag)
        if expression is None:
            if known is None or ("unspecifiedelements" in self.script.removes and not self._is_kept_group(tag)):
                self.actions["X"] += 1
                return None
            is_personal = known in _WRITTEN and tag >> 16 in _PERSONAL
            expression = _REMOVED if is_personal else _BY_VR.get(known)
        if expression is None:
            return self._keep(item, element, known or "UN", elements)
        return self._apply(item, element, known or element.VR or "UN", expression, elements)

    def _always_goes(self, tag: int) -> bool:
        group = tag >> 16
        return tag >= _PIXELS or tag < _FIRST_GROUP or tag & 0xFFFF == 0 or group & 0xFF00 in (0x5000, 0x6000)

    def _is_kept_group(self, tag: int) -> bool:
        return (
            tag >> 16 in self.script.kept_groups or tag >> 16 == 0x0028 or tag in (0x00080016, 0x00080018, 0x0020000D)
        )

    def _apply(
        self, item: Item, element: Element, vr: str, expression: Expression, elements: Elements
    ) -> DataElement | RawDataElement | None:
        result = expression.constant
        if result is None:
            result = self.subject.evaluate(expression, item, element, vr)
        outcome = fate(result)
        if outcome is Fate.KEEP:
            return self._keep(item, element, vr, elements)
        if outcome is Fate.REMOVE:
            self.actions["X"] += 1
            return None
        if outcome is Fate.EMPTY:
            self.actions["Z"] += 1
            return raw(element.tag, vr, b"", item)
        if outcome is Fate.DUMMY:
            self.actions["D"] += 1
            return dummy(element.tag, vr, item)
        if vr == "UI" and isinstance(element, RawDataElement) and outcome == item.text_of(element):
            return self._keep(item, element, vr, elements)
        return self._put(item, element.tag, vr, str(outcome))

    def _put(self, item: Item, tag: int, vr: str, text: str) -> RawDataElement:
        """Return an element with a new text; one whose VR cannot take it is emptied, never left as it was."""
        if vr == "DT" and "." in text:
            text = _FRACTION.sub(lambda found: "" if self.identity.owns(found[1]) else found[0], text)
        value = encoded(text, vr, item)
        self.actions["Z" if value is None else {"UI": "U", "DA": "C", "DT": "C"}.get(vr, "D")] += 1
        return raw(tag, vr, value or b"", item)

    def _keep(
        self, item: Item, element: Element, known: str, elements: Elements
    ) -> DataElement | RawDataElement | None:
        """Keep an element whose VR fits the dictionary; a sequence is walked, a text looked through later."""
        if isinstance(element, Branch):
            if known != "SQ":
                self.actions["X"] += 1
                return None
            self.actions["K"] += 1
            return DataElement(element.tag, "SQ", Items([self._item(each) for each in element.items]))
        fitting = fitted(element, known, item)
        if fitting is None:
            self.actions["X"] += 1
            return None
        if not self._remains.admits(fitting, fitting.VR or known, item, elements):
            self.actions["F"] += 1
            return raw(fitting.tag, fitting.VR or known, b"", item)
        self.actions["K"] += 1
        return fitting

    def _privates(self, item: Item, privates: list[Element], elements: Elements) -> None:
        """Keep those private elements that are numbers and nobody's, with their creators; scripted ones by script."""
        kept: list[RawDataElement] = []
        if "privategroups" not in self.script.removes:
            kept = kept_privates(privates, item.charset, item.is_little, self.identity)
        for element in kept:
            expression = self._private_expression(item, element)
            if expression is None or fate(expression.constant or "") is Fate.KEEP:
                elements[element.tag] = element
        self.actions["P"] += len(kept)
        self.actions["X"] += len(privates) - len(kept)

    def _private_expression(self, item: Item, element: RawDataElement) -> Expression | None:
        if not self.script.privates or element.tag & 0xFFFF < 0x1000:
            return None
        creator = item.text(element.tag & 0xFFFF0000 | (element.tag & 0xFFFF) >> 8) or ""
        return self.script.privates.get(PrivateTag(element.tag >> 16, creator.upper(), element.tag & 0xFF))

    def _insert(self, root: Item, elements: Elements) -> None:
        """Insert what the script always wants, and the claims of (0012,0064)."""
        for tag, expression in self.script.inserted.items():
            if tag == CODE_SEQUENCE:
                contents = [
                    {_CODE_VALUE: code, _CODE_SCHEME: scheme, _CODE_MEANING: meaning}
                    for code, scheme, meaning in claims(expression.constant or "")
                ]
                elements[BaseTag(tag)] = branch(tag, contents, root)
            elif root.get(tag) is None:
                vr = standard_vr(tag) or "SH"
                made = self._apply(root, raw(tag, vr, b"", root), vr, expression, elements)
                if made is not None:
                    elements[made.tag] = made

    def _complete(self, item: Item, elements: Elements) -> None:
        """Give a dummy to every element of Type 1 that had a value and has none."""
        needed = required(self.sop_class) if item.parent is None else required_in_items()
        for element in item.elements:
            tag = element.tag
            if int(tag) not in needed or not (element.items if isinstance(element, Branch) else element.value):
                continue
            made = elements.get(tag)
            if made is None or not made.value:
                self.actions["D"] += 1
                elements[tag] = dummy(tag, (standard_vr(tag) or "LO").split(" or ")[0], item)
