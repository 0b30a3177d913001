"""The subject: one patient, and what an expression may learn about the element at hand."""

from collections.abc import Mapping

from obia import Patient, Pseudonyms
from obia.plugins.deid_ctp.elements import Branch, Element, Item
from obia.plugins.deid_ctp.expressions import Expression
from obia.plugins.deid_ctp.references import Reference

OFFSET = "DATEINC"
_ISSUER = 0x00100021


class Subject:
    """Evaluates expressions for one instance; an `Evaluation` of whichever element is being cleaned."""

    __slots__ = ("_element", "_item", "_parameters", "_patient", "_pseudonyms", "vr")

    def __init__(self, patient: Patient, pseudonyms: Pseudonyms, parameters: Mapping[str, str]) -> None:
        self._patient = patient
        self._pseudonyms = pseudonyms
        self._parameters = {**parameters, OFFSET: str(pseudonyms.date_offset(patient))}
        self._item: Item | None = None
        self._element: Element | None = None
        self.vr = ""

    def evaluate(self, expression: Expression, item: Item, element: Element, vr: str) -> str:
        """Evaluate an expression for one element of one item."""
        self._item, self._element, self.vr = item, element, vr
        return expression.evaluate(self)

    def value(self, reference: Reference) -> str | None:
        """The text of an element; `this` is the one at hand."""
        assert self._item is not None and self._element is not None
        if not reference.path:
            return None if isinstance(self._element, Branch) else self._item.text_of(self._element)
        item = self._item.root if reference.from_root else self._item
        for tag in reference.path[:-1]:
            sequence = item.get(tag)
            if not isinstance(sequence, Branch) or not sequence.items:
                return None
            item = sequence.items[0]
        return item.text(reference.path[-1])

    def parameter(self, name: str) -> str | None:
        """The value of a parameter; DATEINC is the patient's own."""
        return self._parameters.get(name)

    def pseudonym(self, patient_id: str) -> str:
        """The false name of the patient with this ID: this patient's, or that of another an item tells of."""
        if patient_id == self._patient.id.strip():
            return self._pseudonyms.pseudonym(self._patient)
        issuer = self._item.text(_ISSUER) if self._item else None
        return self._pseudonyms.pseudonym(Patient(patient_id, issuer or ""))

    def uid(self, original: str) -> str:
        """The new UID of an original one."""
        return self._pseudonyms.uid(original)

    def digest(self, label: str, value: str) -> int:
        """A keyed number for a value."""
        return self._pseudonyms.digest(f"deid_ctp/{label}", value)
