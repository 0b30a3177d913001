"""Scanning: what a stranger sees in a file, by the table, by patterns and by the originals' strings."""

from pathlib import Path

import pytest
from pydicom.uid import UID

from obia.plugins.deid_ctp.evidence.originals import Originals
from obia.plugins.deid_ctp.evidence.scanning import Scanner
from obia.plugins.deid_ctp.evidence.suspicions import suspicions
from tests import make


def clean(**elements: object) -> object:
    """A file in which there is nothing to find, and some elements more."""
    bare = dict.fromkeys(
        (
            *("StudyDate", "SeriesDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "PatientBirthDate"),
            *("PatientSex", "PatientAge", "StudyID", "Manufacturer", "BodyPartExamined"),
        )
    )
    given = {"PatientName": "S1", "PatientID": "S1", "PatientIdentityRemoved": "YES"}
    return make.image(None, **{**bare, **given, **elements})


def scan(folder: Path, image: object, originals: Originals | None = None, syntax: UID | None = None) -> list[str]:
    make.file(folder / "1.2.3.dcm", image, syntax)  # type: ignore[arg-type]
    return [f"{each.path} {each.what}" for each in Scanner(originals).scan(folder, "1.2.3.dcm")]


def claim(code: str) -> object:
    return make.sequence(CodeValue=code, CodingSchemeDesignator="DCM", CodeMeaning="x")


def test_a_clean_file_has_nothing_to_find(tmp_path: Path) -> None:
    assert scan(tmp_path, clean()) == []


@pytest.mark.parametrize("syntax", [make.IMPLICIT, make.EXPLICIT, make.BIG, make.DEFLATED])
def test_what_is_to_be_removed_is_found_in_every_syntax(tmp_path: Path, syntax: UID) -> None:
    assert scan(tmp_path, clean(OtherPatientNames="Roe"), syntax=syntax) == [
        "00101001 is to be removed by PS3.15 E.1-1"
    ]


def test_what_stands_in_items_is_found_at_its_path(tmp_path: Path) -> None:
    image = clean(
        ReferencedPerformedProcedureStepSequence=None, RTROIObservationsSequence=make.sequence(OtherPatientIDs="x")
    )

    assert scan(tmp_path, image) == ["30060080.00101000 is to be removed by PS3.15 E.1-1"]


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ({"StudyDate": "20200131"}, "113107"),
        ({"StudyDate": "20200131"}, "113106"),
        ({"PatientAge": "049Y"}, "113108"),
        ({"StationName": "CT1"}, "113109"),
        ({"InstitutionName": "House"}, "113112"),
    ],
)
def test_what_a_file_claims_to_keep_is_no_finding(tmp_path: Path, elements: dict[str, object], code: str) -> None:
    assert scan(tmp_path, clean(**elements))
    assert scan(tmp_path, clean(**elements, DeidentificationMethodCodeSequence=claim(code))) == []


def test_private_elements_are_found_unless_claimed(tmp_path: Path) -> None:
    image = clean()
    image.private_block(0x0009, "ACME", create=True).add_new(1, "LO", "x")  # type: ignore[attr-defined]

    assert [each[:8] for each in scan(tmp_path, image)] == ["00091001"]
    image.DeidentificationMethodCodeSequence = claim("113111")  # type: ignore[attr-defined]
    assert scan(tmp_path, image) == []


def test_a_file_that_does_not_say_it_is_clean_is_told(tmp_path: Path) -> None:
    assert scan(tmp_path, clean(PatientIdentityRemoved=None)) == ["00120062 does not say that identity was removed"]


@pytest.mark.parametrize(
    ("name", "is_found"),
    [("Doe^Jane", True), ("Wang=王^小东", True), ("山田", True), ("Subject^1", False), ("4711", False), ("S1", False)],
)
def test_a_persons_name_is_told_from_a_pseudonym(tmp_path: Path, name: str, is_found: bool) -> None:
    found = scan(tmp_path, clean(PatientName=name))

    assert found == (["00100010 holds what looks like a person's name"] if is_found else [])


@pytest.mark.parametrize("text", ["", "REMOVED", "anonymized", "0", "XXX", "n/a"])
def test_a_dummy_is_no_finding(tmp_path: Path, text: str) -> None:
    assert scan(tmp_path, clean(InstitutionName=text, DeviceSerialNumber=text)) == []


def test_what_stands_around_the_dataset_is_found(tmp_path: Path) -> None:
    image = clean()
    image.file_meta.SourceApplicationEntityTitle = "HOSPITAL"  # type: ignore[attr-defined]
    (tmp_path / "1.2.3.dcm").write_bytes(make.data(image, preamble=b"DOE JANE" + bytes(120)))  # type: ignore[arg-type]

    found = {each.path: each.what for each in Scanner().scan(tmp_path, "1.2.3.dcm")}

    assert found == {"preamble": "is not empty", "00020016": "stands in the file meta and should not"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("seen 2020-01-31", "a date"),
        ("31.01.2020", "a date"),
        ("1/31/20", "a date"),
        ("20200131", "a date"),
        ("31 Jan 2020", "a date"),
        ("January 31st, 2020", "a date"),
        ("2020年1月31日", "a date"),
        ("+49 30 1234567", "a telephone number"),
        ("555-123-4567", "a telephone number"),
        ("jane.doe@example.org", "an e-mail address"),
        ("123-45-6789", "somebody's number"),
        ("MRN: 4711", "somebody's number"),
        ("12345678", "somebody's number"),
        ("Dr. Miller", "a title with a name"),
    ],
)
def test_a_text_is_suspect(text: str, what: str) -> None:
    assert what in list(suspicions(text))


@pytest.mark.parametrize("text", ["", "CHEST", "1.5 mm slices", "2.25.4711.12", "AX T1 FSE", "120 kV", "Mrs", "90/60"])
def test_a_word_of_the_trade_is_not(text: str) -> None:
    assert list(suspicions(text)) == []


@pytest.mark.parametrize(
    ("wanted", "text", "is_found"),
    [
        ("Müller", "MULLER", True),
        ("Doe^Jane", "doe jane", True),
        ("Doe", "Doelling", False),
        ("Doe", "x (doe) y", True),
        ("王小东", "患者王小东。", True),
        ("Grine", "peregrines", False),
        ("Peregrine", "peregrines", True),
    ],
)
def test_strings_are_found_as_people_write_them(wanted: str, text: str, is_found: bool) -> None:
    originals = Originals()
    originals.add(wanted)

    assert originals.is_in(text) is is_found


def test_strings_are_found_in_bytes_and_in_items(tmp_path: Path) -> None:
    originals = Originals()
    originals.add("Peregrine")
    image = clean(RTROIObservationsSequence=make.sequence(ROIObservationLabel="peregrine"))
    image.add_new(0x00420011, "OB", b"xx Peregrine xx ")  # type: ignore[attr-defined]

    found = scan(tmp_path, image, originals)

    assert "30060080.30060085 holds a string of the originals" in found
    assert "00420011 holds a string of the originals" in found


def test_strings_too_short_to_look_for_are_counted() -> None:
    originals = Originals()
    for each in ("ab", "王", "王小", "abc"):
        originals.add(each)

    assert originals.ignored == 2


def test_what_is_no_dicom_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "1.2.3.dcm").write_bytes(b"")

    assert [each.what for each in Scanner().scan(tmp_path, "1.2.3.dcm")] == ["is no DICOM file"]
