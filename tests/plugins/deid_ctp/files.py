"""Files made for the engines: whole ones, as bytes, and what a script makes of them."""

import struct
import warnings
from datetime import datetime
from io import BytesIO
from typing import Literal

import pydicom
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from obia.plugins.deid_ctp import Lookup, Outcome, Script, anonymize

NOW = datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - scripts know no zones
KEY = b"a key of a test"
Mode = Literal["strict", "safe"]


def dataset(**elements: object) -> Dataset:
    """A header of a CT image with some elements more."""
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 100"
    made.SOPClassUID, made.SOPInstanceUID = CTImageStorage, UID("1.2.3.4")
    made.PatientName, made.PatientID = "Doe^Jane", "PID-1"
    made.StudyInstanceUID = UID("1.2.3")
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def file(header: Dataset | None = None, syntax: UID = ExplicitVRLittleEndian, **elements: object) -> bytes:
    """A whole file of a header."""
    made = dataset(**elements) if header is None else header
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = made.SOPClassUID, made.SOPInstanceUID
    stream = BytesIO()
    whole = FileDataset(stream, made, file_meta=meta, preamble=bytes(128))
    pydicom.dcmwrite(stream, whole, enforce_file_format=True)
    return stream.getvalue()


def unknown(tag: int, value: bytes) -> bytes:
    """An element of VR UN, to be put behind a file's last one."""
    return struct.pack("<HH2sxxI", tag >> 16, tag & 0xFFFF, b"UN", len(value)) + value


def script(*rules: str, parameters: str = "") -> Script:
    """A script of rules such as `00100010 @empty()`, and of globals such as `remove.curves`."""
    lines = [
        f"set.[{rule[:4]},{rule[4:8]}]X={rule[9:]}".replace("\\", "\\\\")
        for rule in rules
        if rule[0] in "0123456789ABCDEF"
    ]
    return Script.parse("\n".join([parameters, *lines, *(rule for rule in rules if rule[0] not in "0123456789ABCDEF")]))


def outcome(source: bytes, rules: Script, mode: Mode, lookup: Lookup | None = None) -> Outcome:
    """What becomes of a file."""
    return anonymize(source, rules, mode=mode, now=NOW, key=KEY, lookup=lookup)


def read(result: Outcome) -> Dataset:
    """The header of what became of a file."""
    assert result.data is not None, result.reason
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(BytesIO(result.data))


def both(source: bytes, *rules: str, parameters: str = "") -> tuple[Dataset, Dataset]:
    """What strict mode makes of a file, and what safe mode does."""
    made = script(*rules, parameters=parameters)
    return read(outcome(source, made, "strict")), read(outcome(source, made, "safe"))
