"""Rewriting: one header walked by a script in CTP's own order, for both modes; what a mode does otherwise is its policy's."""

from collections import Counter
from collections.abc import Iterable

from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from obia.plugins.deid_ctp.codes import claims
from obia.plugins.deid_ctp.elements import CHARACTER_SET, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.evaluating import Evaluator
from obia.plugins.deid_ctp.expressions import Expression
from obia.plugins.deid_ctp.functions import DUMMY, EMPTY, KEEP, REMOVE
from obia.plugins.deid_ctp.outcome import Missed
from obia.plugins.deid_ctp.private_vrs import is_creator, is_safe, private_vr
from obia.plugins.deid_ctp.references import tag_in
from obia.plugins.deid_ctp.script import CODE_SEQUENCE
from obia.plugins.deid_ctp.values import effective_vr

_NEVER_UNASKED = frozenset((0x00080016, 0x00080018, 0x0020000D))  # what CTP keeps of what a script does not name
_KEPT_GROUPS = frozenset((0x0002, 0x0028, 0x7FE0))
_CODE_VALUE, _CODE_SCHEME, _CODE_MEANING = 0x00080100, 0x00080102, 0x00080104
_LO = 64  # characters; a longer text of an unknown private element is an LT

Elements = dict[int, Element]


class Rewriter:
    """Rewrites one header; `actions` counts what was done, by the letters of PS3.15."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.script = evaluator.script
        self.policy = evaluator.policy
        self.actions: Counter[str] = Counter()

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
            new = self._outcome(item, element, made, path)
            self.actions[_letter(element, new)] += 1
            if new is not None:
                elements[int(new.tag)] = new
            elif element.tag in elements:
                del elements[int(element.tag)]
        made.elements = [elements[tag] for tag in sorted(elements)]
        return made

    def _insert(self, root: Item, elements: Elements) -> None:
        """Insert what the script always wants and the header lacks."""
        for tag, expression in self._wanted(root):
            vr = self._vr_of_new(root, tag)
            if tag == CODE_SEQUENCE:
                self._claim(root, expression, elements)
            elif vr == "SQ":
                self._insert_sequence(root, tag, expression, elements)
            else:
                result = self.evaluator.evaluate(expression, root, None, vr)
                made = None if result == KEEP or REMOVE in result else self._made(root, tag, vr, result, root)
                if made is not None:
                    elements[tag] = made

    def _wanted(self, root: Item) -> Iterable[tuple[int, Expression]]:
        for tag, expression in self.script.inserted.items():
            if root.get(tag) is None and not self.policy.distrusts(expression):
                yield tag, expression
        for private, expression in self.script.privates.items():
            is_wanted = expression.inserts and not self.policy.distrusts(expression)
            at = tag_in(root, private) if is_wanted else None
            if at is not None and root.get(at) is None:
                yield at, expression

    def _vr_of_new(self, root: Item, tag: int) -> str:
        if tag & 0x10000:
            return "LO" if is_creator(tag) else private_vr(root, tag) or "LO"
        return (standard_vr(tag) or "SH").split(" or ")[0]

    def _insert_sequence(self, root: Item, tag: int, expression: Expression, elements: Elements) -> None:
        if expression.text.startswith("@always()@require()"):
            elements[tag] = Branch(tag, [])
        elif expression.text.startswith("@always()@call"):
            self.evaluator.evaluate(expression, root, None, "SQ")

    def _claim(self, root: Item, expression: Expression, elements: Elements) -> None:
        """Insert the de-identification method codes that a script lists."""
        result = self.evaluator.evaluate(expression, root, None, "SQ")
        if result.startswith("@"):
            return
        items = [self._code(root, *claim) for claim in claims(result)]
        if items:
            elements[CODE_SEQUENCE] = Branch(CODE_SEQUENCE, items)

    def _code(self, root: Item, code: str, scheme: str, meaning: str) -> Item:
        item = Item(root, root.charset, root.is_implicit, root.is_little)
        values = ((_CODE_VALUE, "SH", code), (_CODE_SCHEME, "SH", scheme), (_CODE_MEANING, "LO", meaning))
        item.elements = [raw(item, tag, vr, text.encode("latin-1", "replace")) for tag, vr, text in values]
        return item

    def _outcome(self, item: Item, element: Element, made: Item, path: str) -> Element | None:
        """Return what becomes of an element; None where it goes."""
        tag = int(element.tag)
        if tag & 0xFFFF == 0 or self.policy.always_removes(tag, self.script):
            return None
        if tag == CHARACTER_SET and self.policy.keeps_charset:
            return self.policy.charset_element(item, element)
        expression = self.evaluator.expression(item, tag)
        if self._is_removed(item, tag, expression is not None):
            return None
        if expression is None:
            return self._kept(item, element, made, path, self.policy.always_recurses)
        if self.policy.distrusts(expression):
            self.policy.note(f"{path}{tag:08x}", "a function nobody knows")
            result = EMPTY
        else:
            result = self._result(expression, item, element, f"{path}{tag:08x}")
        if REMOVE in result:
            return None
        if result == KEEP:
            is_walked = self.evaluator.is_processing or self.policy.always_recurses
            return self._kept(item, element, made, path, is_walked)
        return self._changed(item, element, result, made, path)

    def _result(self, expression: Expression, item: Item, element: Element, path: str) -> str:
        """What an expression gives; in an item that CTP does not walk of itself, a missing value is no quarantine."""
        try:
            return self.evaluator.evaluate(expression, item, element, effective_vr(item, element))
        except Missed as missed:
            if item.parent is None or not self.policy.always_recurses:
                raise
            self.policy.note(path, f"{missed.message}, and so it is emptied")
            return EMPTY

    def _is_removed(self, item: Item, tag: int, is_scripted: bool) -> bool:
        """Whether the script's globals remove an element, in CTP's order of rules."""
        removes, group = self.script.removes, tag >> 16
        is_private = bool(tag & 0x10000)
        is_kept = is_scripted or self._is_kept(item, tag, is_private and "privategroups" in removes)
        if is_private and "privategroups" in removes and not is_kept:
            return True
        if "unspecifiedelements" in removes and not is_kept:
            return True
        return "overlays" in removes and group & 0xFF00 == 0x6000

    def _is_kept(self, item: Item, tag: int, goes_as_private: bool) -> bool:
        removes, group = self.script.removes, tag >> 16
        if group in self.script.kept_groups or group in _KEPT_GROUPS or tag in _NEVER_UNASKED:
            return True
        if self.script.keeps_safe_private and tag & 0x10000 and (is_creator(tag) or is_safe(item, tag)):
            return True
        if group & 0xFF00 == 0x6000:
            return "overlays" not in removes and not goes_as_private
        return group & 0xFF00 == 0x5000 and "curves" not in removes and not goes_as_private

    def _kept(self, item: Item, element: Element, made: Item, path: str, is_walked: bool) -> Element:
        """Return an element as it is; a sequence that is walked, with its items anew."""
        if not isinstance(element, Branch) or not is_walked:
            return element
        tag = int(element.tag)
        items = [self._rewritten(each, made, f"{path}{tag:08x}[{place}].") for place, each in enumerate(element.items)]
        return Branch(tag, items)

    def _changed(self, item: Item, element: Element, result: str, made: Item, path: str) -> Element:
        """Return an element with its new value; what cannot take it is the policy's to judge."""
        tag, vr = int(element.tag), effective_vr(item, element)
        if tag & 0x10000:
            vr = private_vr(item, tag) or ("LO" if len(result) <= _LO else "LT")
        elif tag == CODE_SEQUENCE and isinstance(element, Branch) and not result.startswith("@"):
            codes = [self._code(item.root, *claim) for claim in claims(result)]
            return Branch(tag, ([] if "reset" in result else list(element.items)) + codes)
        new = self._made(item, tag, vr, result, made)
        return new if new is not None else self.policy.refused(item, element, vr, f"{path}{tag:08x}")

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
        return raw(item, tag, vr, value)


def _letter(before: Element, after: Element | None) -> str:
    """What was done, by the letters of PS3.15: removed, kept, emptied, another UID, another date, another value."""
    if after is None:
        return "X"
    if after is before or isinstance(after, Branch) or isinstance(before, Branch) or after.value == before.value:
        return "K"
    return {"UI": "U", "DA": "C", "DT": "C"}.get(after.VR or "", "D") if after.value else "Z"


def raw(item: Item, tag: int, vr: str, value: bytes) -> RawDataElement:
    """Return an element of bytes, padded to even length as its VR asks."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    return RawDataElement(BaseTag(tag), vr, len(value), value, 0, item.is_implicit, item.is_little)
