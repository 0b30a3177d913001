"""Planted identities in disguise: numbers, names and days written otherwise, and elements that Table E.1-1 does not name."""

from collections.abc import Callable
from pathlib import Path

from pydicom import Dataset
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.tag import Tag

from tests import make

BEYOND = Path(__file__).parents[2] / "plugins" / "deid_ctp" / "beyond.txt"


def disguise(home: Dataset, patient: int, name: str, stem: Callable[[], str]) -> None:
    """Plant the patient's number and name where the archive keeps values of their kind, and stems beyond the table."""
    codes = [ord(each) for each in name]
    values: dict[str, object] = {
        "TemporalPositionIndex": patient,
        "AcquisitionDuration": float(patient),
        "InstanceNumber": f"+{patient}",
        "AcquisitionNumber": f"{patient}.0",
        "SliceThickness": f"{patient}.00",
        "TimeOfGainCalibration": name,
        "SequenceName": name.lower(),
        "SelectorUSValue": codes,
        "SelectorULValue": codes,
        "ICCProfile": make.padded(name.encode("utf-32-be")),
        "PointCoordinatesData": make.padded(f"of {name}".encode()),
    }
    for keyword, value in values.items():
        home.add(DataElement(Tag(keyword), dictionary_VR(keyword), value, validation_mode=IGNORE))
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = name, "DCM", "x"
    home.ViewCodeSequence = [code]
    for line in BEYOND.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            number, action, _ = line.split(maxsplit=2)
            tag = Tag(int(number, 16))
            if action != "keep" and (vr := dictionary_VR(tag)) != "SQ":
                home.add(DataElement(tag, vr, stem(), validation_mode=IGNORE))
