"""Evaluating: what the expressions of a script learn of one file; what a mode does otherwise is its policy's."""

from datetime import datetime

from obia.plugins.deid_ctp.dicom.elements import Element, Item
from obia.plugins.deid_ctp.dicom.private_vrs import creator_of
from obia.plugins.deid_ctp.dicom.reader import Read
from obia.plugins.deid_ctp.engine.policy import Policy
from obia.plugins.deid_ctp.language.element_text import effective_vr, value_text
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.functions import DUMMY, KEEP
from obia.plugins.deid_ctp.language.integer_table import IntegerTable
from obia.plugins.deid_ctp.language.lookup_table import Lookup
from obia.plugins.deid_ctp.language.references import PrivateTag, Reference, find
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.outcome import Quarantined

_NESTED = 32  # expressions that ask for one another's elements


class Evaluator:
    """The `Evaluation` of whichever element is at hand; `is_processing` says that its items are to be walked, `is_pure`
    that nothing was asked whose answer changes with the time or with what came before; `asked` are the expressions that
    were evaluated."""

    def __init__(
        self,
        script: Script,
        read: Read,
        policy: Policy,
        now: datetime,
        lookup: Lookup | None = None,
        integers: IntegerTable | None = None,
    ) -> None:
        self.script = script
        self.read = read
        self.policy = policy
        self._now = now
        self.is_pure = True
        self.asked: list[Expression] = []
        self.vr = ""
        self.is_processing = False
        self._lookup = lookup or Lookup()
        self._integers = integers or IntegerTable()
        self._item = read.root
        self._element: Element | None = None
        self._nested = 0

    def evaluate(self, expression: Expression, item: Item, element: Element | None, vr: str) -> str:
        """Evaluate an expression for one element of an item, or for one that is missing."""
        self._item, self._element, self.vr = item, element, vr
        self.is_processing = False
        self.asked.append(expression)
        return expression.evaluate(self)

    def expression(self, item: Item, tag: int) -> Expression | None:
        """What the script says of an element: by its tag, or by its creator."""
        expression = self.script.elements.get(tag)
        if expression is not None or not tag & 0x10000 or not self.script.privates:
            return expression
        creator = creator_of(item, tag)
        private = PrivateTag(tag >> 16, creator.upper(), tag & 0xFF) if creator else None
        return None if private is None else self.script.privates.get(private)

    @property
    def now(self) -> datetime:
        """The time of this run."""
        self.is_pure = False
        return self._now

    @property
    def is_strict(self) -> bool:
        """Whether CTP is followed where it errs."""
        return self.policy.is_strict

    @property
    def is_root(self) -> bool:
        """Whether the element at hand stands in the instance itself."""
        return self._item.parent is None

    def _find(self, reference: Reference) -> tuple[Item, Element] | None:
        if reference.foreign and self.policy.is_strict:
            return None
        return find(reference, self._item, self._element, self.read.meta)

    def value(self, reference: Reference) -> str | None:
        """The text of an element; None where it is missing."""
        found = self._find(reference)
        return None if found is None else value_text(*found)

    def exists(self, reference: Reference) -> bool:
        """Whether the header has an element."""
        return self._find(reference) is not None

    def parent_value(self, reference: Reference) -> str | None:
        """The text of an element as seen from the item that holds the sequence at hand."""
        item = self._item
        self._item = item.parent or item
        try:
            return self.value(reference)
        finally:
            self._item = item

    def scripted(self, reference: Reference) -> str:
        """What the script makes of another element; empty where it says nothing of it."""
        found = self._find(reference)
        expression = None if found is None else self.expression(found[0], int(found[1].tag))
        if found is None or expression is None:
            return ""
        if self._nested >= _NESTED:
            raise Quarantined("its expressions ask for one another without end")
        item, element, vr = self._item, self._element, self.vr
        self._nested += 1
        try:
            return self.evaluate(expression, found[0], found[1], effective_vr(*found))
        finally:
            self._nested -= 1
            self._item, self._element, self.vr = item, element, vr

    def parameter(self, name: str) -> str | None:
        """The value of a parameter, which may be the policy's to give."""
        return self.policy.parameter(name, self.script.parameters.get(name), self.read.root)

    def digest(self, label: str, text: str) -> str:
        """A number for a text, in decimal."""
        return self.policy.digest(label, text)

    def new_uid(self, root: str, uid: str, more: str) -> str:
        """The new UID of an original one."""
        return self.policy.new_uid(root, uid, more)

    def new_patient_id(self, site: str, patient_id: str) -> str:
        """The new ID, at a site, of the patient with an original one."""
        return self.policy.new_patient_id(site, patient_id, self._item)

    def looked_up(self, key: str) -> str | None:
        """The value of a key of the lookup table."""
        return self._lookup.table.get(key)

    def integer(self, kind: str, text: str) -> int:
        """The number of a text among those of its kind."""
        self.is_pure = False
        return self._integers.number(kind, text)

    def process(self) -> str:
        """Ask for the sequence at hand to be walked."""
        self.is_processing = True
        return KEEP

    def extension(self, name: str) -> str:
        """What an extension gives; CTP of itself has none."""
        if name == "dummy" and not self.policy.is_strict:
            return DUMMY
        raise Quarantined("the script calls an extension that is not there")
