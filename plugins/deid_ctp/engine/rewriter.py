"""Rewriting: one header walked by a script in CTP's own order, for both modes; what a mode does otherwise is its policy's."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.dummies import raw
from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.dicom.private_vrs import is_creator, is_safe, private_vr
from obia.plugins.deid_ctp.engine.evaluator import Evaluator
from obia.plugins.deid_ctp.engine.vr_coercion import fitted
from obia.plugins.deid_ctp.language.element_text import effective_vr
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.functions import DUMMY, EMPTY, KEEP, REMOVE
from obia.plugins.deid_ctp.language.references import tag_in
from obia.plugins.deid_ctp.language.script import CODE_SEQUENCE, DICTIONARY
from obia.plugins.deid_ctp.outcome import Missed
from obia.plugins.deid_ctp.profile.method_codes import claims
from obia.plugins.deid_ctp.profile.safe_private import is_listed, is_listed_creator, safe
from obia.plugins.deid_ctp.profile.unlisted import unnamed

_NEVER_UNASKED = frozenset((0x00080016, 0x00080018, 0x0020000D))  # what CTP keeps of what a script does not name
_KEPT_GROUPS = frozenset((0x0002, 0x0028, 0x7FE0))
_CODE_VALUE, _CODE_SCHEME, _CODE_MEANING = 0x00080100, 0x00080102, 0x00080104
_LO = 64  # characters; a longer text of an unknown private element is an LT

_PIXELS, _REAL_PIXELS = 0x7FE00000, (0x7FE00008, 0x7FE00009)  # of floating point: pixels as much as others

Elements = dict[int, Element]


@dataclass(slots=True)
class Trace:
    """What the script did of one header: `taken` (item, new item, element, what it became), `kept` (item, new item,
    element), `walked` (item, new item), the ids of the sequences `entered`, and the private elements that are still to
    be judged, by new item."""

    taken: list[tuple[Item, Item, Element, Element | None]] = field(default_factory=list)
    kept: list[tuple[Item, Item, RawDataElement]] = field(default_factory=list)
    walked: list[tuple[Item, Item]] = field(default_factory=list)
    entered: set[int] = field(default_factory=set)
    privates: dict[int, tuple[Item, Item, list[Element]]] = field(default_factory=dict)

    def note_private(self, item: Item, made: Item, element: Element) -> None:
        """Leave a private element to the rule for numbers."""
        self.privates.setdefault(id(made), (item, made, []))[2].append(element)


class Rewriter:
    """Rewrites one header; `actions` counts what was done, by the letters of PS3.15; `trace` is what cleaning needs."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.script = evaluator.script
        self.policy = evaluator.policy
        self.actions: Counter[str] = Counter()
        self.trace = Trace()
        self.is_guarded = evaluator.policy.is_guarded(evaluator.script)
        self.has_numeric_rule = evaluator.policy.keeps_numbers_alone(evaluator.script)

    def root(self) -> Item:
        """Return the new header."""
        return self._rewritten(self.evaluator.read.root, None, "")

    def _rewritten(self, item: Item, parent: Item | None, path: str) -> Item:
        """Return an item anew: what the script inserts, then each of its elements."""
        made = Item(parent, item.charset, item.is_implicit, item.is_little)
        elements: Elements = {}
        if parent is None:
            self._insert(item, elements)
        for element in item.elements:
            new = self.rewritten(item, element, made, path)
            if new is not None:
                elements[int(new.tag)] = new
            elif element.tag in elements:
                del elements[int(element.tag)]
        made.elements = [elements[tag] for tag in sorted(elements)]
        self.trace.walked.append((item, made))
        return made

    def rewritten(self, item: Item, element: Element, made: Item, path: str = "") -> Element | None:
        """Return what becomes of an element, and note it; None where it goes, or is still to be judged."""
        if element.tag & 0x10000 and self._is_for_the_numeric_rule(item, int(element.tag)):
            self.trace.note_private(item, made, element)
            return None
        new = self._outcome(item, element, made, path)
        self.actions[_letter(element, new)] += 1
        if new is not element and self.policy.cleans:
            self.trace.taken.append((item, made, element, new))
        return new

    def _is_for_the_numeric_rule(self, item: Item, tag: int) -> bool:
        """Whether a private element stays only if it is numbers and nobody's: no line names it, nothing calls it safe."""
        return (
            self.has_numeric_rule
            and self.evaluator.expression(item, tag) is None
            and not (self.script.keeps_safe_private and is_listed(item, tag))
        )

    def _insert(self, root: Item, elements: Elements) -> None:
        """Insert what the script always wants and the header lacks."""
        for tag, expression in self._wanted(root):
            new = self.inserted(root, tag, expression)
            if new is not None:
                elements[tag] = new

    def inserted(self, root: Item, tag: int, expression: Expression) -> Element | None:
        """Return the element that the script wants where the header lacks it; None where it comes to nothing."""
        if self.policy.distrusts(expression):
            return None
        vr = self._vr_of_new(root, tag)
        if tag == CODE_SEQUENCE:
            return self._claimed(root, expression)
        if vr == "SQ":
            return self._inserted_sequence(root, tag, expression)
        result = self.evaluator.evaluate(expression, root, None, vr)
        return None if result == KEEP or REMOVE in result else self._made(root, tag, vr, result, root)

    def _wanted(self, root: Item) -> Iterable[tuple[int, Expression]]:
        for tag, expression in self.script.inserted.items():
            if root.get(tag) is None:
                yield tag, expression
        for private, expression in self.script.privates.items():
            at = tag_in(root, private) if expression.inserts else None
            if at is not None and root.get(at) is None:
                yield at, expression

    def _vr_of_new(self, root: Item, tag: int) -> str:
        if tag & 0x10000:
            return "LO" if is_creator(tag) else private_vr(root, tag) or "LO"
        return (standard_vr(tag) or "SH").split(" or ")[0]

    def _inserted_sequence(self, root: Item, tag: int, expression: Expression) -> Element | None:
        if expression.text.startswith("@always()@require()"):
            return Branch(tag, [])
        if expression.text.startswith("@always()@call"):
            self.evaluator.evaluate(expression, root, None, "SQ")
        return None

    def _claimed(self, root: Item, expression: Expression) -> Element | None:
        """The de-identification method codes that a script lists."""
        result = self.evaluator.evaluate(expression, root, None, "SQ")
        items = [] if result.startswith("@") else [self._code(root, *claim) for claim in claims(result)]
        return Branch(CODE_SEQUENCE, items) if items else None

    def _code(self, root: Item, code: str, scheme: str, meaning: str) -> Item:
        item = Item(root, root.charset, root.is_implicit, root.is_little)
        values = ((_CODE_VALUE, "SH", code), (_CODE_SCHEME, "SH", scheme), (_CODE_MEANING, "LO", meaning))
        item.elements = [raw(tag, vr, text.encode("latin-1", "replace"), item) for tag, vr, text in values]
        return item

    def _outcome(self, item: Item, element: Element, made: Item, path: str) -> Element | None:
        """Return what becomes of an element; None where it goes."""
        tag = int(element.tag)
        if tag & 0xFFFF == 0 or self.policy.always_removes(tag, self.script) or self._is_out(item, tag):
            return None
        if tag == CHARACTER_SET and self.policy.keeps_charset:
            return self.policy.charset_element(item, element)
        expression = self.evaluator.expression(item, tag)
        if self._is_removed(item, tag, expression is not None):
            return None
        if expression is None and self.is_guarded and not tag & 0x10000:
            if (known := standard_vr(tag)) is None:
                return None
            expression = unnamed(tag, known, self.script)
        if expression is None and tag & 0x10000 and self._rests_on_the_list(tag):
            listed = safe(item, element)
            if listed is None:
                self.policy.note(
                    f"{path}{tag:08x}", "not what PS3.15's list of safe private elements says, and removed"
                )
                return None
            element = listed
            expression = None if isinstance(listed, Branch) else unnamed(tag, str(listed.VR), self.script)
        if expression is None:
            return self._kept(item, element, made, path, self.policy.always_recurses)
        if self.policy.distrusts(expression):
            self.policy.note(f"{path}{tag:08x}", "a function nobody knows")
            result = EMPTY
        else:
            result = expression.constant or self._result(expression, item, element, f"{path}{tag:08x}")
        if REMOVE in result:
            return None
        if result == KEEP:
            is_walked = self.evaluator.is_processing or self.policy.always_recurses
            return self._kept(item, element, made, path, is_walked)
        return self._changed(item, element, result, made, path)

    def _is_out(self, item: Item, tag: int) -> bool:
        """Whether a guarded header has no place for an element: pixels of items, overlays, curves, what is behind."""
        if not self.is_guarded:
            return False
        if tag >= _PIXELS:
            return item.parent is not None or tag not in _REAL_PIXELS
        return tag >> 16 & 0xFF00 in (0x5000, 0x6000)

    def _result(self, expression: Expression, item: Item, element: Element, path: str) -> str:
        """What an expression gives; in an item that CTP does not walk of itself, a missing value is no quarantine."""
        try:
            return self.evaluator.evaluate(expression, item, element, self.vr_of(item, element))
        except Missed as missed:
            if item.parent is None or not self.policy.always_recurses:
                raise
            self.policy.note(path, f"{missed.message}, and so it is emptied")
            return EMPTY

    def _is_removed(self, item: Item, tag: int, is_scripted: bool) -> bool:
        """Whether the script's globals remove an element, in CTP's order of rules."""
        removes, group = self.script.removes, tag >> 16
        is_private = bool(tag & 0x10000)
        is_kept = (
            is_scripted
            or (not is_private and DICTIONARY in self.script.keeps and not self.policy.is_strict)
            or self._is_kept(item, tag, is_private and "privategroups" in removes)
        )
        if is_private and "privategroups" in removes and not is_kept:
            return True
        if "unspecifiedelements" in removes and not is_kept:
            return True
        return "overlays" in removes and group & 0xFF00 == 0x6000

    def _is_kept(self, item: Item, tag: int, goes_as_private: bool) -> bool:
        removes, group = self.script.removes, tag >> 16
        if group in self.script.kept_groups or group in _KEPT_GROUPS or tag in _NEVER_UNASKED:
            return True
        if self.script.keeps_safe_private and tag & 0x10000 and self._is_safe(item, tag):
            return True
        if group & 0xFF00 == 0x6000:
            return "overlays" not in removes and not goes_as_private
        return group & 0xFF00 == 0x5000 and "curves" not in removes and not goes_as_private

    def _is_safe(self, item: Item, tag: int) -> bool:
        """Whether a private element is called safe, by CTP's dictionary or else by PS3.15, or reserves a block for one
        that is, or that the script names."""
        if self.policy.is_strict:
            return is_creator(tag) or is_safe(item, tag)
        return is_listed(item, tag) or is_listed_creator(item, tag) or self._is_named_creator(item, tag)

    def _rests_on_the_list(self, tag: int) -> bool:
        """Whether a private element stays for no other reason than that PS3.15 calls it safe."""
        removes = self.script.removes
        return (
            self.script.keeps_safe_private
            and not self.policy.is_strict
            and not is_creator(tag)
            and tag >> 16 not in self.script.kept_groups
            and (self.has_numeric_rule or "privategroups" in removes or "unspecifiedelements" in removes)
        )

    def _is_named_creator(self, item: Item, tag: int) -> bool:
        if not is_creator(tag):
            return False
        creator = (item.text(tag) or "").strip(" \0").upper()
        return any((tag >> 16, creator) == (each.group, each.creator) for each in self.script.privates)

    def _kept(self, item: Item, element: Element, made: Item, path: str, is_walked: bool) -> Element | None:
        """Return an element as it is; a sequence that is walked, with its items anew; in a guarded header none whose
        VR is not the dictionary's."""
        tag = int(element.tag)
        known = standard_vr(tag) if self.is_guarded and not tag & 0x10000 else None
        if isinstance(element, Branch):
            if known not in (None, "SQ"):
                return None
            return self._walked(element, made, path) if is_walked else element
        fitting = fitted(element, known, item) if known is not None else element
        if fitting is not None and self.policy.cleans:
            self.trace.kept.append((item, made, fitting))
        return fitting

    def _walked(self, element: Branch, made: Item, path: str) -> Branch:
        tag = int(element.tag)
        self.trace.entered.add(id(element))
        items = [self._rewritten(each, made, f"{path}{tag:08x}[{place}].") for place, each in enumerate(element.items)]
        return Branch(tag, items)

    def _changed(self, item: Item, element: Element, result: str, made: Item, path: str) -> Element:
        """Return an element with its new value; what cannot take it is the policy's to judge."""
        tag, vr = int(element.tag), self.vr_of(item, element)
        if tag & 0x10000:
            own = element.VR if self._rests_on_the_list(tag) and is_listed(item, tag) else None
            vr = private_vr(item, tag) or own or ("LO" if len(result) <= _LO else "LT")
        elif tag == CODE_SEQUENCE and isinstance(element, Branch) and not result.startswith("@"):
            codes = [self._code(item.root, *claim) for claim in claims(result)]
            claimed = self._walked(element, made, path) if self.policy.always_recurses else element
            return Branch(tag, ([] if "reset" in result else list(claimed.items)) + codes)
        new = self._made(item, tag, vr, result, made)
        return new if new is not None else self.policy.refused(item, element, vr, f"{path}{tag:08x}")

    def vr_of(self, item: Item, element: Element) -> str:
        """The VR an element is read and written under: in a guarded header the dictionary's."""
        known = standard_vr(int(element.tag)) if self.is_guarded else None
        return effective_vr(item, element) if known is None or str(element.VR) in known else known.partition(" ")[0]

    def _made(self, item: Item, tag: int, vr: str, result: str, made: Item) -> Element | None:
        """Return a new element; None where its VR cannot take the value."""
        if result == DUMMY:
            return self.policy.dummy(item, tag, vr)
        if result.startswith("@blank(") or result == EMPTY:
            result = ""
        value = self.policy.put(result, vr, made)
        if value is None:
            return None
        if tag == CHARACTER_SET:
            made.charset = self.policy.charset(value)
        return raw(tag, vr, value, item)


def _letter(before: Element, after: Element | None) -> str:
    """What was done, by the letters of PS3.15: removed, kept, emptied, another UID, another date, another value."""
    if after is None:
        return "X"
    if after is before or isinstance(after, Branch) or isinstance(before, Branch) or after.value == before.value:
        return "K"
    return {"UI": "U", "DA": "C", "DT": "C"}.get(after.VR or "", "D") if after.value else "Z"
