"""Instances to test with: one patient, made up, whose every trace is known."""

from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from obia.schema.values import Kind, Original, Patient, Pixels

TRACES = ("ZQPLANTED", "ZQIDENT42", "ZQWARD", "ZQSTREET", "20011231", "ZQACC77")
"""Texts that stand in the planted original and may stand nowhere in a clean instance."""

CT = "1.2.840.10008.5.1.4.1.1.2"
_ROWS = _COLUMNS = 8


@dataclass(frozen=True, slots=True)
class PlainPseudonyms:
    """Pseudonyms without a key, for tests alone: stable, and different from what they stand for."""

    def pseudonym(self, patient: Patient) -> str:
        """The patient's false name."""
        return f"P{self.digest('pseudonym', patient.id + patient.issuer):032X}"[:16]

    def uid(self, original: str) -> str:
        """The new UID."""
        return f"2.25.{self.digest('uid', original)}"

    def date_offset(self, patient: Patient) -> int:
        """Days to add."""
        return -1 - self.digest("date", patient.id) % 3650

    def digest(self, label: str, value: str) -> int:
        """A number for a value."""
        from hashlib import sha256

        return int.from_bytes(sha256(f"{label}/{value}".encode()).digest()[:16])


def planted(instance: str = "1.2.3.4.5", **elements: object) -> Original:
    """An original with the traces in names, ids, dates, nested and private elements; keywords set more elements."""
    header = _header(instance)
    for keyword, value in elements.items():
        setattr(header, keyword, value)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(CT)
    meta.MediaStorageSOPInstanceUID = UID(instance)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = "ZQWARD"
    kind = Kind(CT, "CT", "Maker", str(ExplicitVRLittleEndian), "OBIA0001")
    return Original("intake", kind, Patient("ZQIDENT42"), meta, header, _pixels(), 1_000)


def _header(instance: str) -> Dataset:
    header = Dataset()
    header.SOPClassUID, header.SOPInstanceUID = UID(CT), UID(instance)
    header.StudyInstanceUID, header.SeriesInstanceUID = UID("1.2.3.4"), UID("1.2.3.4.1")
    header.PatientName, header.PatientID = "ZQPLANTED^Ann", "ZQIDENT42"
    header.PatientBirthDate, header.StudyDate, header.SeriesDate = "20011231", "20240110", "20240112"
    header.AccessionNumber, header.InstitutionName, header.PatientAddress = "ZQACC77", "ZQWARD", "ZQSTREET 1"
    header.Modality, header.Manufacturer = "CT", "Maker"
    header.StudyID, header.SeriesNumber, header.InstanceNumber = "1", 1, 1
    item = Dataset()
    item.PatientID, item.StudyDate, item.ReferencedSOPInstanceUID = "ZQIDENT42", "20240110", instance
    header.ReferencedPatientSequence = [item]
    block = header.private_block(0x0011, "ZQWARD", create=True)
    block.add_new(0x01, "LO", "ZQPLANTED")
    header.Rows, header.Columns, header.SamplesPerPixel, header.BitsAllocated = _ROWS, _COLUMNS, 1, 8
    header.BitsStored, header.HighBit, header.PixelRepresentation = 8, 7, 0
    header.PhotometricInterpretation = "MONOCHROME2"
    return header


def _pixels() -> Pixels:
    value = bytes(range(_ROWS * _COLUMNS))
    head = b"\xe0\x7f\x10\x00OB\x00\x00" + len(value).to_bytes(4, "little")

    def opener() -> BinaryIO:
        return BytesIO(head + value)

    return Pixels(opener, 0x7FE00010, 0, len(head) + len(value), len(head), len(value), is_encapsulated=False)
