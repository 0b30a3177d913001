"""The archive's policy: as safe, under an archive's own key, and guarded whatever the script says."""

from obia import Patient, Pseudonyms
from obia.plugins.deid_ctp.dicom.elements import Item
from obia.plugins.deid_ctp.engine.cleaner import OFFSET
from obia.plugins.deid_ctp.engine.safe_policy import ARCHIVE_ROOT, SafePolicy
from obia.plugins.deid_ctp.language.integer_table import IntegerTable
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.outcome import Quarantined

_ISSUER = 0x00100021


class ArchivePolicy(SafePolicy):
    """Pseudonyms, UIDs and offsets are those of one patient in one collection."""

    def __init__(self, patient: Patient, pseudonyms: Pseudonyms) -> None:
        super().__init__(b"")
        self._patient = patient
        self._pseudonyms = pseudonyms

    def is_guarded(self, script: Script) -> bool:
        """Always: an archive shows what it keeps to anybody."""
        return True

    def keeps_numbers_alone(self, script: Script) -> bool:
        """Where the script does not remove private elements anyway."""
        return "privategroups" not in script.removes or super().keeps_numbers_alone(script)

    def parameter(self, name: str, declared: str | None, root: Item) -> str | None:
        """DATEINC is the patient's own, whatever the script declares."""
        if name == OFFSET:
            return str(self._pseudonyms.date_offset(self._patient))
        return super().parameter(name, declared, root)

    def digest(self, label: str, text: str) -> str:
        """A keyed number for a text, in decimal."""
        return str(self._pseudonyms.digest(f"deid_ctp/{label}", text))

    def new_patient_id(self, site: str, patient_id: str, item: Item) -> str:
        """The false name of the patient with this ID, this one's or another's; under a site, a number of that site."""
        if site.strip():
            return super().new_patient_id(site, patient_id, item)
        if patient_id.strip() == self._patient.id.strip():
            return self._pseudonyms.pseudonym(self._patient)
        return self._pseudonyms.pseudonym(Patient(patient_id.strip(), item.text(_ISSUER) or ""))

    def keyed_uid(self, root: str, uid: str, more: str) -> str:
        """The archive's own UID under its own root; under another, a keyed one."""
        if root == ARCHIVE_ROOT and not more:
            return self._pseudonyms.uid(uid)
        return super().keyed_uid(root, uid, more)


class NoTable(IntegerTable):
    """An archive numbers nothing by first appearance: the order would tell who came first."""

    def number(self, kind: str, text: str) -> int:
        """Refuse."""
        raise Quarantined("@integer() needs a table, which an archive does not keep")
