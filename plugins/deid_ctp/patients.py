"""The subject: one patient, and what an expression may learn about the element at hand."""

from collections.abc import Mapping
from datetime import datetime

from obia import Patient, Pseudonyms
from obia.plugins.deid_ctp.elements import TEXT, Branch, Element, Item
from obia.plugins.deid_ctp.expressions import Expression
from obia.plugins.deid_ctp.functions import DUMMY, KEEP
from obia.plugins.deid_ctp.outcome import Quarantined
from obia.plugins.deid_ctp.references import THIS, Reference, find
from obia.plugins.deid_ctp.uids import MAX_UID, is_registered
from obia.plugins.deid_ctp.values import effective_vr, value_text

OFFSET = "DATEINC"
ARCHIVE_ROOT = "2.25"
_ISSUER = 0x00100021


class Subject:
    """Evaluates expressions for one instance; an `Evaluation` of whichever element is being cleaned."""

    __slots__ = ("_element", "_item", "_parameters", "_patient", "_pseudonyms", "vr")

    is_strict = False

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

    @property
    def is_root(self) -> bool:
        """Whether the element at hand stands in the instance itself."""
        return self._item is not None and self._item.parent is None

    @property
    def now(self) -> datetime:
        """The time of the call: an archive's clock, in no zone."""
        return datetime.now()  # noqa: DTZ005

    def value(self, reference: Reference) -> str | None:
        """The text of an element; None where it is missing or not decodable."""
        found = self._find(reference)
        if found is None:
            return None
        item, element = found
        if isinstance(element, Branch):
            return None
        is_text = element.VR in TEXT or effective_vr(item, element) in TEXT
        return item.text_of(element) if is_text else value_text(item, element)

    def _find(self, reference: Reference) -> tuple[Item, Element] | None:
        assert self._item is not None
        if reference is THIS and self._element is not None:
            return self._item, self._element
        return find(reference, self._item, self._element)

    def exists(self, reference: Reference) -> bool:
        """Whether the header has an element."""
        return self._find(reference) is not None

    def parent_value(self, reference: Reference) -> str | None:
        """The text of an element as seen from the item that holds the sequence at hand."""
        assert self._item is not None
        found = find(reference, self._item.parent or self._item, self._element)
        return None if found is None else value_text(*found)

    def scripted(self, reference: Reference) -> str:
        """Nothing: an archive's UIDs are told apart by themselves."""
        return ""

    def parameter(self, name: str) -> str | None:
        """The value of a parameter; DATEINC is the patient's own."""
        return self._parameters.get(name)

    def digest(self, label: str, text: str) -> str:
        """A keyed number for a text, in decimal."""
        return str(self._pseudonyms.digest(f"deid_ctp/{label}", text))

    def new_uid(self, root: str, uid: str, more: str) -> str:
        """The new UIDs of a value's; what the standard registers is nobody's and stays."""
        return "\\".join([self._new_uid(root, each.strip(" \0")) for each in uid.split("\\")])

    def _new_uid(self, root: str, uid: str) -> str:
        if not uid or is_registered(uid):
            return uid
        if root == ARCHIVE_ROOT:
            return self._pseudonyms.uid(uid)
        return f"{root or ARCHIVE_ROOT}.{self.digest('uid', uid)}"[:MAX_UID]

    def new_patient_id(self, site: str, patient_id: str) -> str:
        """The false name of the patient with this ID, this one's or another's; under a site, a number of that site."""
        at_site, patient_id = site.strip(), patient_id.strip()
        if at_site:
            return self.digest("ptid", f"[{at_site}]{patient_id}")
        if patient_id == self._patient.id.strip():
            return self._pseudonyms.pseudonym(self._patient)
        issuer = self._item.text(_ISSUER) if self._item else None
        return self._pseudonyms.pseudonym(Patient(patient_id, issuer or ""))

    def looked_up(self, key: str) -> str | None:
        """Nothing: an archive keeps no table of identities."""
        return None

    def integer(self, kind: str, text: str) -> int:
        """An archive numbers nothing by first appearance: the order would tell who came first."""
        raise Quarantined("@integer() needs a table, which an archive does not keep")

    def process(self) -> str:
        """Sequences are walked whatever a script says."""
        return KEEP

    def extension(self, name: str) -> str:
        """The one extension is a dummy."""
        if name == "dummy":
            return DUMMY
        raise Quarantined("the script calls an extension that is not there")
