"""Planted identities: DICOM files with a rare stem in every place where PS3.15 says that an identity may lie.

Nothing of the plugin is imported: the vendored table is read as plain data. Each text value holds a stem of its own
(`ZQXV` and a number) and four rare hanzi; dates, numbers and UIDs are rare values. `tests/faults/scanning.py` looks
for them.
"""

import json
from collections.abc import Iterator
from io import BytesIO
from itertools import count
from pathlib import Path
from struct import pack

from pydicom import Dataset, dcmread
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.encaps import encapsulate, generate_frames
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from tests import make
from tests.faults.disguising import disguise

TABLE = Path(__file__).parents[2] / "plugins" / "deid_ctp" / "ps315_2026d.json"

STEM = "ZQXV"  # then five digits
HANZI = "饕餮魑魅"  # in GB 2312, so that ISO 2022 IR 58 can write them
DATE = "19530412"
UID_STEM = "77001.904811"
NUMBER = "194811"  # then four digits
PATIENT = 1739184620  # the Patient ID, so that private numbers can hold the patient's own digits

KEPT = "EthnicGroup"  # an element that the archive keeps: what is put there must be found again
DEPTHS = (0, 1, 3)
CHARSETS: dict[int, str | list[str]] = {0: "ISO_IR 192", 1: "GB18030", 3: ["", "ISO 2022 IR 58"]}

LEFT_OUT = {
    "K": "Retain Patient Characteristics, which we claim, keeps the value",
    "groups 0000, 0002": "no part of a data set; `_meta` plants the file meta",
    "US": "two bytes are no needle",
    "PRIVATE": "no element of its own; `_private` plants many",
}
"""Which rows get no value, and why. A TM row, whose times of day stay by right, gets text that is no time."""

_OWN = {Tag(each) for each in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")}  # set by hand
_AS_TEXT = {"AE", "AS", "CS", "TM", "OB", "UN"}  # ASCII alone
_WORDS = {"LO", "LT", "PN", "SH", "ST", "UC", "UT"}
_numbers = count(1)


def stem() -> str:
    """A stem that occurs nowhere else."""
    return f"{STEM}{next(_numbers):05}"


def rows() -> Iterator[tuple[BaseTag, str]]:
    """Every row of Table E.1-1 that can hold a rare value, as a tag and the VR it is planted with."""
    for row in json.loads(TABLE.read_text(encoding="utf-8"))["rules"]:
        if row["tag"] == "PRIVATE" or row["options"].get("retain_patient_characteristics") == "K":
            continue
        tag = Tag(int(row["tag"].replace("xxxxxx", "002500").replace("xx", "02"), 16))
        vr = _vr(tag)
        if vr != "US":
            yield tag, vr


def planted(depth: int, kept: str, **elements: object) -> Dataset:
    """An image with a value for every row at a depth, and all that lies beside the table; `kept` where it stays."""
    image = make.image(
        **{
            "SpecificCharacterSet": CHARSETS[depth],
            "PatientID": str(PATIENT),
            "PatientName": f"{stem()}^{HANZI}",
            "StudyInstanceUID": _uid("study", depth),
            "SeriesInstanceUID": _uid("series", depth),
            "SOPInstanceUID": _uid(next(_numbers)),
            **elements,
        }
    )
    home = _nested(image, depth)
    for tag, vr in rows():
        if tag.group > 2 and tag not in _OWN:
            home.add(_element(tag, vr))
    image.PatientName = f"{(own := stem())}^{HANZI}"  # again: at the root a row's value took its place
    disguise(home, PATIENT, own, stem)
    _private(home)
    _graphics(home)
    setattr(home, KEPT, kept)
    _meta(image)
    return image


def file(path: Path, image: Dataset) -> Path:
    """Write an image behind a preamble with a stem, in folders that the path names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make.data(image, preamble=stem().encode().ljust(128, b"\0")))
    return path


def name() -> str:
    """The name of a file or folder with a stem and hanzi in it."""
    return f"{stem()} {HANZI}"


def simple(**elements: object) -> Dataset:
    """An image of a patient and study of its own, with stems in what everybody fills in."""
    own = stem()
    values = {
        "PatientID": own,
        "PatientName": f"{stem()}^{HANZI}",
        "StudyInstanceUID": _uid(own),
        "SeriesInstanceUID": _uid(own, "series"),
        "SOPInstanceUID": _uid(own, "image"),
        "AccessionNumber": stem(),
        "ReferringPhysicianName": stem(),
        "StudyDate": DATE,
        "StudyDescription": stem() + HANZI,
    }
    return make.image(**{**values, **elements})


def compressed(path: Path, syntax: UID) -> Path:
    """Write an image whose compressed frame has a stem in a comment, and one behind its end."""
    image = simple()
    values = make.array(rows=64, columns=64, bits=8)
    for keyword in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelData"):
        image[keyword] = make.image(values)[keyword]
    stored = dcmread(BytesIO(make.data(image, syntax)))
    [frame] = generate_frames(stored.PixelData, number_of_frames=1)
    if marker := {make.JPEG: b"\xff\xfe", make.J2K: b"\xff\x64"}.get(syntax):
        start = 2 if syntax == make.JPEG else 4 + int.from_bytes(frame[4:6])  # a size comes first
        comment = b"\0\1" + stem().encode()
        frame = frame[:start] + marker + pack(">H", 2 + len(comment)) + comment + frame[start:]
    stored.PixelData = encapsulate([frame + stem().encode()])
    stored["PixelData"].is_undefined_length = True
    return file(path, stored)


def _vr(tag: BaseTag) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "LT"  # newer than pydicom's dictionary


def _uid(*parts: object) -> str:
    return f"1.2.826.{UID_STEM}.{str(make.uid(*parts))[5:20]}"


def _nested(image: Dataset, depth: int) -> Dataset:
    """The innermost item of a sequence so deep, in sequences that no row of the table names."""
    home = image
    for level in range(depth):
        item = Dataset()
        setattr(home, "AnatomicRegionSequence" if not level else "AnatomicRegionModifierSequence", [item])
        home = item
    return home


def _element(tag: BaseTag, vr: str) -> DataElement:
    return DataElement(tag, vr, _value(vr), validation_mode=IGNORE)


def _value(vr: str) -> object:
    """A rare value; a stem wherever the VR can carry text."""
    if vr == "SQ":
        item = Dataset()
        item.PatientComments = stem()
        item.OperatorsName = stem()
        return [item]
    number = f"{next(_numbers):04}"
    special: dict[str, object] = {
        "DA": DATE,
        "DT": f"{DATE}101112.5",
        "UI": _uid(next(_numbers)),
        "DS": NUMBER + number[-4:],
        "IS": NUMBER + number[-4:],
        "UR": f"http://{stem()}.example/",
    }
    if vr in special:
        return special[vr]
    if vr in ("OB", "OW", "UN", "OB or OW"):
        return make.padded(stem().encode())
    assert vr in _AS_TEXT | _WORDS, vr
    return stem() + (HANZI if vr in _WORDS else "")


def _private(home: Dataset) -> None:
    """Private text and bytes under a creator that is a stem too; private numbers with the patient's own digits."""
    home.add_new((0x0029, 0x0010), "LO", stem())
    for number, vr in enumerate(("LO", "SH", "PN", "LT", "UT", "CS", "AE", "OB", "UN", "UI", "DA", "DT", "SQ")):
        home.add(_element(Tag(0x0029, 0x1000 + number), vr))
    home.add_new((0x0031, 0x0010), "LO", "ACME NUMBERS")
    numbers: dict[str, object] = {"IS": PATIENT, "DS": str(PATIENT), "UL": PATIENT, "SL": PATIENT, "FD": float(PATIENT)}
    for number, (vr, value) in enumerate({**numbers, "SV": PATIENT, "UV": PATIENT, "OD": pack("<d", PATIENT)}.items()):
        home.add_new((0x0031, 0x1000 + number), vr, value)
    home.add_new((0x0031, 0x1020), "DS", DATE)
    home.add(_element(Tag(0x0031, 0x1021), "UN"))
    home.add_new((0x7FE1, 0x0010), "LO", stem())  # after the pixels
    home.add(_element(Tag(0x7FE1, 0x1001), "LO"))
    home.add(_element(Tag(0x0018, 0xFF10), "UN"))  # a standard group, an element nobody knows


def _graphics(home: Dataset) -> None:
    """Overlays and curves beside the table's own two rows."""
    for group in (0x6000, 0x601E):
        home.add_new((group, 0x1500), "LO", stem())
        home.add_new((group, 0x3000), "OW", make.padded(stem().encode()))
        home.add_new((group, 0x4000), "LT", stem())
    for group in (0x5000, 0x501E):
        home.add_new((group, 0x2500), "LO", stem())
        home.add_new((group, 0x3000), "OW", make.padded(stem().encode()))


def _meta(image: Dataset) -> None:
    meta = image.file_meta
    meta.SourceApplicationEntityTitle = stem()
    meta.SendingApplicationEntityTitle = stem()
    meta.ReceivingApplicationEntityTitle = stem()
    meta.ImplementationVersionName = stem()
    meta.PrivateInformationCreatorUID = UID(_uid("creator"))
    meta.PrivateInformation = make.padded(stem().encode())
