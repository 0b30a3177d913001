"""Planted identities: one rare stem per row of the table, at every depth and in every corner, found nowhere after."""

import json
from collections.abc import Iterator
from importlib.resources import files

import pytest
from pydicom import Dataset
from pydicom.datadict import dictionary_VR
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia.plugins.deid_ctp.residual.check import IdentityWitness
from tests import make
from tests.plugins.deid_ctp.originals import PSEUDONYMS, cleaned, data, deidentifier, original, reread

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
TEXTS = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")


def stem(number: int) -> str:
    """A word that stands nowhere else, letters alone."""
    letters = "".join(chr(ord("A") + (number // 26**place) % 26) for place in (2, 1, 0))
    return f"QZX{letters}VK"


def rows() -> Iterator[tuple[int, int, str]]:
    """Every element of the table that no option keeps, numbered, with its VR."""
    table = json.loads((files("obia.plugins.deid_ctp") / "ps315_2026d.json").read_text(encoding="utf-8"))
    for number, row in enumerate(table["rules"]):
        try:
            tag = int(row["tag"], 16)
            vr = dictionary_VR(tag)
        except (ValueError, KeyError):
            continue
        if 8 <= tag >> 16 < 0x7FE0 and row["options"].get("retain_patient_characteristics") != "K":
            yield number, tag, vr


def plant(dataset: Dataset) -> dict[str, int]:
    """Plant a stem into every element that can hold one; return the stems by tag."""
    stems = {}
    for number, tag, vr in rows():
        if vr in TEXTS:
            stems[stem(number)] = tag
            dataset.add_new(tag, vr, stem(number))
        elif vr in ("OB", "UN"):
            stems[stem(number)] = tag
            dataset.add_new(tag, vr, stem(number).encode())
        elif vr == "SQ":
            item = Dataset()
            item.PatientComments = item.CodeMeaning = stem(number)
            dataset.add_new(tag, vr, [item])
            if tag not in (0x00081140, 0x00082112, 0x00081111):  # walked: a code's meaning is no identity there
                stems[stem(number)] = tag
            else:
                del item.CodeMeaning
        elif vr == "UI":
            uid = f"1.2.826.0.1.99.{number}.77777"
            stems[uid] = tag
            dataset.add_new(tag, vr, uid)
    return stems


def found(stems: dict[str, int], data: bytes) -> list[str]:
    """The elements whose stems are still in some bytes."""
    small = data.lower()
    return [f"{tag:08X}" for text, tag in stems.items() if text.lower().encode() in small]


def whole(dataset: Dataset) -> Dataset:
    """Give back what planting overwrote and an instance cannot be without."""
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    return dataset


@pytest.mark.parametrize("syntax", SYNTAXES, ids=["explicit", "implicit", "big"])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_no_planted_identity_survives(depth: int, syntax: UID) -> None:
    dataset = make.header(PatientID="PID-0815")
    deepest = dataset
    for _ in range(depth):
        deepest.ReferencedSeriesSequence = [Dataset()]
        deepest = deepest.ReferencedSeriesSequence[0]
    stems = plant(deepest)
    before = original(whole(dataset), syntax)

    clean = deidentifier().deidentify(before, PSEUDONYMS)

    assert len(stems) > 380
    assert len(found(stems, make.data(dataset, syntax))) == len(stems)
    assert found(stems, data(clean)) == []
    assert list(IdentityWitness().check_witness(before, clean)) == []


def test_identity_in_odd_corners_goes() -> None:
    dataset = make.header(PatientName="Paracelsus^Theophrast")
    dataset.add_new(0x50002500, "LO", "curve of Paracelsus")
    dataset.add_new(0x60001500, "LO", "overlay of Paracelsus")
    dataset.add_new(0x60023000, "OW", b"Paracelsus")
    dataset.add_new(0x00191099, "UN", b"Paracelsus")
    dataset.add_new(0x00081030, "UN", b"Paracelsus")
    dataset.add_new(0x00189999, "LO", "Paracelsus")  # a tag the dictionary does not have
    dataset.add_new(0x00282000, "OB", b"profile of Paracelsus ")
    dataset.SoftwareVersions = ["1.0", "for PARACELSUS"]
    dataset.file_meta.SourceApplicationEntityTitle = "PARACELSUS"
    dataset.file_meta.ImplementationVersionName = "PARACELSUS"
    dataset.IconImageSequence = make.sequence(PixelData=b"Paracelsus")
    dataset["IconImageSequence"][0]["PixelData"].VR = "OB"
    dataset.ReferencedSeriesSequence = make.sequence(CurveLabel=None, SeriesDescription="Paracelsus")
    dataset.ReferencedSeriesSequence[0].add_new(0x60001500, "LO", "nested overlay of Paracelsus")

    assert b"paracelsus" not in data(cleaned(dataset)).lower()


@pytest.mark.parametrize(
    ("keyword", "value", "copy"),
    [
        ("PatientName", "Doe^Jane", "seen by JANE"),
        ("PatientName", "Li^Wu", "scan of Li Wu"),
        ("PatientName", "Doe^Jane 625199", "case 625199"),
        ("PatientID", "PID-0815", "v PID-0815"),
        ("PatientID", "AB123456", "study of AB123456x"),
        ("AccessionNumber", "ACC-4711", "acc-4711"),
        ("PatientBirthDate", "19700203", "born 03.02.1970"),
        ("StudyDate", "20200131", "scan 2020-01-31"),
        ("PatientTelephoneNumbers", "+86 13800138000", "call 8613800138000"),
        ("InstitutionName", "St. Mary", "at St. Mary"),
        ("StudyInstanceUID", "1.2.3.4.5.6.7", "of 1.2.3.4.5.6.7"),
        ("StudyDescription", "Brain of the mayor", "brain of the mayor, v2"),
    ],
)
def test_a_kept_text_that_holds_one_of_the_patients_strings_is_emptied(keyword: str, value: str, copy: str) -> None:
    header = cleaned(make.header(**{keyword: value, "SoftwareVersions": copy, "ConvolutionKernel": "B30f"})).header

    assert not header.SoftwareVersions
    assert header.ConvolutionKernel == "B30f"


@pytest.mark.parametrize("text", ["B30f", "janeway", "sleep", "HEAD"])
def test_a_kept_text_that_holds_none_stays(text: str) -> None:
    assert cleaned(make.header(PatientName="Lee^Jan", ConvolutionKernel=text)).header.ConvolutionKernel == text


@pytest.mark.parametrize(
    ("charset", "codec", "name", "terms"),
    [
        ("ISO_IR 192", "utf-8", "王^小东", "ISO_IR 192"),
        ("GB18030", "gb18030", "王^小东", "GB18030"),
        ("GBK", "gb18030", "王^小东", "GB18030"),
        ("ISO_IR 100", "latin-1", "Müller^Jörg", "ISO_IR 100"),
        ("ISO_IR 144", "iso8859_5", "Люкceмбург", "ISO_IR 144"),
        ("\\ISO 2022 IR 87", "iso2022_jp", "山田^太郎", "\\ISO 2022 IR 87"),
    ],
)
def test_a_name_is_found_in_every_character_set(charset: str, codec: str, name: str, terms: str) -> None:
    dataset = make.header()
    stored = make.data(dataset)
    family = name.split("^")[-1] if codec != "latin-1" else name.split("^")[0]
    for tag, vr, text in ((b"\x10\0\x10\0", b"PN", name), (b"\x18\0\x20\x10", b"LO", family)):
        stored = _with_element(stored, tag, vr, text.encode(codec))
    stored = _with_element(stored, b"\x08\0\x05\0", b"CS", charset.encode())
    header = deidentifier().deidentify(reread(stored), PSEUDONYMS).header

    assert not header.SoftwareVersions
    stored_terms = header.get_item("SpecificCharacterSet").value
    assert (stored_terms if isinstance(stored_terms, bytes) else str(stored_terms).encode()).strip() == terms.encode()


def test_text_its_character_set_cannot_read_is_emptied() -> None:
    dataset = _with_element(make.data(make.header()), b"\x18\0\x20\x10", b"LO", b"\xff\xfe\xfd\xfc")
    assert not deidentifier().deidentify(reread(dataset), PSEUDONYMS).header.SoftwareVersions


def _with_element(stored: bytes, tag: bytes, vr: bytes, value: bytes) -> bytes:
    """The file with an explicit little endian element of short length set to raw bytes, in its place by tag."""
    value += b" " * (len(value) % 2)
    element = tag + vr + len(value).to_bytes(2, "little") + value
    at = 132 + 12 + int.from_bytes(stored[140:144], "little")  # past file meta
    order = (int.from_bytes(tag[:2], "little"), int.from_bytes(tag[2:], "little"))
    while at < len(stored):
        here = (int.from_bytes(stored[at : at + 2], "little"), int.from_bytes(stored[at + 2 : at + 4], "little"))
        end = at + 8 + int.from_bytes(stored[at + 6 : at + 8], "little")
        if here >= order:
            return stored[:at] + element + stored[end if here == order else at :]
        at = end
    return stored + element
