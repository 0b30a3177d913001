"""Options: every row of the table under every option, and a header planted with what each keeps and what it does not."""

import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia.plugins.deid_ctp import Script
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.dicom.elements import standard_vr
from obia.plugins.deid_ctp.engine.safe_mode import safely
from obia.plugins.deid_ctp.profile.generator import script_text
from obia.plugins.deid_ctp.profile.options import BASE, FULL_DATES, MODIFIED_DATES, NAMES, Options
from obia.plugins.deid_ctp.profile.safe_private import listed
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from tests import make
from tests.plugins.deid_ctp.files import KEY, NOW, both, dataset, file, outcome, read
from tests.plugins.deid_ctp.originals import PSEUDONYMS, original

PLUGIN = files("obia.plugins.deid_ctp")
DOCUMENT: dict[str, Any] = json.loads((PLUGIN / "ps315_2026d.json").read_text(encoding="utf-8"))
ROWS = [
    row
    for row in DOCUMENT["rules"]
    if all(digit in "0123456789ABCDEF" for digit in row["tag"]) and 8 <= int(row["tag"][:4], 16) < 0x7FE0
]
EVERYTHING = [frozenset(NAMES) - {MODIFIED_DATES}, frozenset(NAMES) - {FULL_DATES}]
CHOICES = [frozenset[str](), *(frozenset((each,)) for each in NAMES), BASE.chosen, *EVERYTHING]
CODES = {
    "retain_safe_private": "113111",
    "retain_uids": "113110",
    "retain_device_identity": "113109",
    "retain_institution_identity": "113112",
    "retain_patient_characteristics": "113108",
    "retain_longitudinal_full_dates": "113106",
    "retain_longitudinal_modified_dates": "113107",
    "clean_descriptors": "113105",
    "clean_structured_content": "113104",
    "clean_graphics": "113103",
    "clean_pixel_data": "113101",
}
REFERENCES_ARE_THE_DUMMY = "00081111"


def shown(chosen: Iterable[str]) -> str:
    """A choice of options as a test's name."""
    return "+".join(sorted(chosen)) or "basic"


def script(*chosen: str, numbers: bool = False) -> Script:
    """The script of some options."""
    return Script.parse(script_text(Options(frozenset(chosen), numbers))).checked()


def letter(expression: str) -> str:
    """What an expression does, by the table's letters; P walks a sequence."""
    kinds = (
        ("@process()", "P"),
        ("@keep()", "K"),
        ("@hashptid", "D"),
        ("@hashuid", "U"),
        ("@incrementdate", "C"),
        ("@empty()", "Z"),
        ("@remove()", "X"),
    )
    return next((kind for words, kind in kinds if words in expression), "D")


def offered(row: dict[str, Any], chosen: frozenset[str]) -> set[str]:
    """What the table offers for a row: a zero value may be a dummy; a walked sequence is a kept, cleaned or remapped one."""
    letters = set(row["basic"].replace("*", "").split("/"))
    letters |= {action for option, action in row["options"].items() if option in chosen}
    vr = standard_vr(int(row["tag"], 16))
    if vr == "UI" and "D" in letters:
        letters.add("U")  # a UID's dummy is another UID
    if "Z" in letters:
        letters.add("D")
    if "C" in letters:
        letters.add("K")  # text that stays, and is searched
    if vr == "SQ" and letters & {"K", "C", "U"}:
        letters.add("P")
    return letters | ({"P"} if row["tag"] == REFERENCES_ARE_THE_DUMMY else set())


@pytest.mark.parametrize("chosen", CHOICES, ids=shown)
def test_every_row_gets_an_action_the_table_offers(chosen: frozenset[str]) -> None:
    rules = script(*chosen).elements

    strays = {
        row["tag"]: rules[int(row["tag"], 16)].text
        for row in ROWS
        if letter(rules[int(row["tag"], 16)].text) not in offered(row, chosen)
    }

    assert not strays
    assert len(ROWS) > 640


@pytest.mark.parametrize("chosen", CHOICES, ids=shown)
def test_what_an_option_keeps_is_kept(chosen: frozenset[str]) -> None:
    rules = script(*chosen).elements
    kept = [row for row in ROWS if any(row["options"].get(each) == "K" for each in chosen)]

    lost = {
        row["tag"]
        for row in kept
        if letter(rules[int(row["tag"], 16)].text) not in {"K", "P", *("C" if MODIFIED_DATES in chosen else "")}
    }

    assert not lost


@pytest.mark.parametrize(
    "option",
    ["clean_descriptors", "clean_structured_content", "clean_graphics", "retain_longitudinal_modified_dates"],
)
def test_what_an_option_cleans_stays_where_it_can_be_cleaned(option: str) -> None:
    rules = script(option).elements
    cleaned = [row for row in ROWS if row["options"].get(option) == "C"]

    lost = {row["tag"] for row in cleaned if letter(rules[int(row["tag"], 16)].text) not in "KCP"}

    uncleanable = {row["tag"] for row in cleaned if standard_vr(int(row["tag"], 16)) in ("OB", None)}
    assert lost == uncleanable and len(lost) < len(cleaned) / 4


def test_what_no_option_keeps_is_as_in_the_basic_profile() -> None:
    basic = script().elements
    for option in NAMES:
        rules = script(option).elements
        changed = {tag for tag in basic if rules[tag].text != basic[tag].text}
        named = {int(row["tag"], 16) for row in ROWS if option in row["options"]}

        assert changed <= named | {0x00120064, 0x00280303, 0x00120063, 0x0040A160}


@pytest.mark.parametrize("chosen", [*CHOICES, *map(frozenset, combinations(sorted(NAMES), 2))], ids=shown)
def test_the_claims_are_the_options(chosen: frozenset[str]) -> None:
    if {FULL_DATES, MODIFIED_DATES} <= chosen:
        with pytest.raises(ValueError, match="not both"):
            script(*chosen)
        return
    header = cleaned(make.header(), *chosen)

    claimed = [each.CodeValue for each in header.DeidentificationMethodCodeSequence]
    assert claimed == sorted(("113100", *(CODES[each] for each in chosen)))
    assert header.PatientIdentityRemoved == "YES"
    assert all(len(value) <= 64 for value in header.DeidentificationMethod)
    dates = "UNMODIFIED" if FULL_DATES in chosen else "MODIFIED" if MODIFIED_DATES in chosen else "REMOVED"
    assert header.LongitudinalTemporalInformationModified == dates


def cleaned(header: Dataset, *chosen: str, numbers: bool = False) -> Dataset:
    """What the script of some options makes of a header, safely."""
    return read(outcome(make.data(header), script(*chosen, numbers=numbers), "safe"))


def planted() -> Dataset:
    """A header with something for every option."""
    header = make.header(
        SOPInstanceUID="1.2.3.4711.1",
        FrameOfReferenceUID="1.2.3.4711.2",
        SynchronizationFrameOfReferenceUID="1.2.3.4711.3",
        InstitutionName="General Hospital",
        InstitutionAddress="1 High Street",
        DeviceSerialNumber="SN 55-1",
        StationName="ROOM 7",
        DateOfLastCalibration="20200102",
        PatientSize="1.7",
        Allergies="pollen",
        StudyDescription="chest of Jane Doe on 31.01.2020, no contrast",
        SeriesDescription="axial",
        ImageComments="seen by Doe",
        AcquisitionComments="quiet breathing",
        OperatorsName="Miller^Ann",
    )
    header.ContentSequence = [
        content("99001", "a nodule in Doe's lung"),
        content("121022", "ACC-4711-B"),
        content("121071", "a finding of Jane's"),
    ]
    header.GraphicAnnotationSequence = make.sequence(
        TextObjectSequence=make.sequence(UnformattedTextValue="measured for Jane Doe: 5 mm"), GraphicLayer="ONE"
    )
    header[0x60003000] = DataElement(0x60003000, "OW", b"\1\0")
    header[0x00190010] = DataElement(0x00190010, "LO", "SIEMENS MR HEADER")
    header[0x0019100C] = DataElement(0x0019100C, "IS", "1000")
    header[0x0019100D] = DataElement(0x0019100D, "CS", "DOE")
    header[0x0019100E] = DataElement(0x0019100E, "LO", "a text, though it should be numbers")
    header[0x00191099] = DataElement(0x00191099, "DS", "3.5")
    header[0x00290010] = DataElement(0x00290010, "LO", "SOME VENDOR")
    header[0x00291001] = DataElement(0x00291001, "DS", "7.5")
    return header


def content(code: str, text: str) -> Dataset:
    """A content item of a text."""
    item = make.sequence(ValueType="TEXT", RelationshipType="CONTAINS", TextValue=text)[0]
    item.ConceptNameCodeSequence = make.sequence(CodeValue=code, CodingSchemeDesignator="DCM", CodeMeaning="a name")
    return item


Fact = Callable[[Dataset], bool]
FACTS: dict[str, tuple[str, Fact]] = {
    "UIDs": ("retain_uids", lambda header: header.FrameOfReferenceUID == "1.2.3.4711.2"),
    "the instance's UID": (
        "retain_uids",
        lambda header: header.SOPInstanceUID == header.file_meta.MediaStorageSOPInstanceUID == "1.2.3.4711.1",
    ),
    "the institution": ("retain_institution_identity", lambda h: h.get("InstitutionName") == "General Hospital"),
    "its address": ("retain_institution_identity", lambda h: h.get("InstitutionAddress") == "1 High Street"),
    "the device": ("retain_device_identity", lambda h: h.get("DeviceSerialNumber") == "SN 55-1"),
    "the station": ("retain_device_identity", lambda h: h.get("StationName") == "ROOM 7"),
    "sex and size": ("retain_patient_characteristics", lambda h: (h.PatientSex, h.get("PatientSize")) == ("F", 1.7)),
    "full dates": ("retain_longitudinal_full_dates", lambda h: h.StudyDate == h.get("SeriesDate") == "20200131"),
    "times": ("retain_longitudinal_full_dates", lambda h: h.StudyTime == "101112"),
    "moved dates": (
        "retain_longitudinal_modified_dates",
        lambda h: "19000101" != h.SeriesDate == h.StudyDate not in ("20200131", ""),
    ),
    "descriptions, cleaned": (
        "clean_descriptors",
        lambda h: str(h.get("StudyDescription")).startswith("chest of on") and h.get("SeriesDescription") == "axial",
    ),
    "comments": ("clean_descriptors", lambda h: h.get("AcquisitionComments") == "quiet breathing"),
    "report texts, cleaned": (
        "clean_structured_content",
        lambda h: [each.TextValue for each in h.ContentSequence] == ["a nodule in 's lung", "REMOVED", "REMOVED"],
    ),
    "annotations": (
        "clean_graphics",
        lambda h: h.GraphicAnnotationSequence[0].GraphicLayer == "ONE",
    ),
    "safe private elements": ("retain_safe_private", lambda h: private(h) == {0x00190010, 0x0019100C, 0x0019100D}),
}


def private(header: Dataset) -> set[int]:
    """The private elements of a header."""
    return {int(each.tag) for each in header if each.tag.is_private}


@pytest.mark.parametrize("option", NAMES)
def test_an_option_retains_what_it_says_and_nothing_else(option: str) -> None:
    header = cleaned(planted(), option)

    retained = {name for name, (_, holds) in FACTS.items() if holds(header)}

    wanted = {name for name, (of, _) in FACTS.items() if of == option}
    if option == MODIFIED_DATES:
        wanted |= {"times"}
    assert retained == wanted
    assert 0x60003000 not in header


@pytest.mark.parametrize("chosen", CHOICES, ids=shown)
def test_no_option_retains_who_it_was(chosen: frozenset[str]) -> None:
    header = cleaned(planted(), *chosen)

    said = json.dumps(header.to_json_dict()).casefold()

    assert not [word for word in ("doe", "jane", "pid-0815", "miller", "19700203", "acc-4711") if word in said]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("chosen", CHOICES, ids=shown)
def test_both_ways_through_a_header_give_the_same(chosen: frozenset[str], syntax: UID) -> None:
    rules = script(*chosen, numbers=chosen == BASE.chosen)
    data = make.data(planted(), syntax)

    fast = outcome(data, rules, "safe")
    whole = safely(data, rules, NOW, None, None, KEY)

    assert fast.data == whole.data
    assert (fast.notes, fast.actions) == (whole.notes, whole.actions)


def test_the_basic_profile_retains_nothing() -> None:
    header = cleaned(planted())

    assert not [name for name, (_, holds) in FACTS.items() if holds(header)]
    assert not private(header)


@pytest.mark.parametrize("vr", ["UI", "DA", "DT", "TM"])
def test_what_no_line_names_is_treated_as_what_is_named(vr: str) -> None:
    rows = {int(row["tag"], 16) for row in ROWS}
    tag = next(
        tag for tag in range(0x00080000, 0x00800000) if tag not in rows and standard_vr(tag) == vr and not blocked(tag)
    )
    value = {"UI": "1.2.3.99", "DA": "20200131", "DT": "20200131101112", "TM": "101112"}[vr]
    header = make.header()
    header[tag] = DataElement(tag, vr, value)
    kept = {each: str(found.value) if (found := cleaned(header, *each).get(tag)) else None for each in KEEPERS}

    if vr == "UI":
        assert kept["retain_uids",] == value and kept[()] not in (None, value)
    else:
        assert kept[()] is None
        assert kept[FULL_DATES,] == value
        assert (kept[MODIFIED_DATES,] == value) is (vr == "TM")
        assert kept["retain_uids",] is None


KEEPERS: list[tuple[str, ...]] = [(), ("retain_uids",), (FULL_DATES,), (MODIFIED_DATES,)]


def blocked(tag: int) -> bool:
    """Whether a script names it beyond the table, or every header keeps it."""
    return tag in script().elements or tag in (0x00080016, 0x00080018, 0x0020000D) or tag & 0xFFFF == 0


def test_what_is_no_date_does_not_stay_as_one() -> None:
    header = make.header()
    header[0x00080020] = DataElement(0x00080020, "DA", "20200131")
    source = make.data(header).replace(b"20200131", b"MILLER A")

    made = read(outcome(source, script(FULL_DATES), "safe"))

    assert not made.StudyDate


def test_full_dates_stay_in_descriptions_too() -> None:
    header = make.header(StudyDescription="as on 2019-05-06")

    made = cleaned(header, FULL_DATES, "clean_descriptors")
    moved = cleaned(header, MODIFIED_DATES, "clean_descriptors")

    assert made.StudyDescription == "as on 2019-05-06"
    assert moved.StudyDescription.startswith("as on ") and "2019-05-06" not in moved.StudyDescription


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_safe_private_element_is_so_by_its_creator_and_kind(syntax: UID) -> None:
    header = planted()
    made = read(outcome(make.data(header, syntax), script("retain_safe_private"), "safe"))

    assert made[0x0019100C].value == 1000
    assert not made[0x0019100D].value  # the patient's name: searched like any text
    assert 0x00191099 not in made and 0x00291001 not in made and 0x00290010 not in made


def test_the_same_element_of_another_creator_is_not_safe() -> None:
    header = planted()
    header[0x00190010].value = "SIEMENS CT VA0"

    assert not private(cleaned(header, "retain_safe_private"))


def test_numbers_and_safe_elements_can_stay_together() -> None:
    made = private(cleaned(planted(), "retain_safe_private", numbers=True))

    assert {0x0019100C, 0x00191099, 0x00290010, 0x00291001} <= made and 0x0019100E not in made


def test_a_private_block_elsewhere_is_found_by_its_creator() -> None:
    header = make.header()
    header[0x001900AB] = DataElement(0x001900AB, "LO", "GEMS_ACQU_01")
    header[0x0019AB23] = DataElement(0x0019AB23, "DS", "39.37")

    assert private(cleaned(header, "retain_safe_private")) == {0x001900AB, 0x0019AB23}


def test_strict_mode_keeps_what_ctp_calls_safe_and_safe_mode_what_the_standard_does() -> None:
    header = dataset()
    for block, creator, element in ((0x0009, "GEMS_IDEN_01", 0x02), (0x0019, "GEMS_ACQU_01", 0x23)):
        header[block << 16 | 0x10] = DataElement(block << 16 | 0x10, "LO", creator)
        header[block << 16 | 0x1000 | element] = DataElement(block << 16 | 0x1000 | element, "LO", "39.37")
    header[0x00191023] = DataElement(0x00191023, "DS", "39.37")

    strict, safe = both(file(header), "remove.privategroups=", "keep.safeprivateelements=")

    assert private(strict) == {0x00090010, 0x00091002, 0x00190010}
    assert private(safe) == {0x00190010, 0x00191023}


def test_findings_and_annotations_stay_where_descriptors_are_cleaned_too() -> None:
    header = cleaned(planted(), "clean_structured_content", "clean_graphics", "clean_descriptors")

    assert header.ContentSequence[2].TextValue == "a finding of 's"
    annotation = header.GraphicAnnotationSequence[0].TextObjectSequence[0]
    assert annotation.UnformattedTextValue == "measured for : 5 mm"


def ultrasound(*elements: DataElement) -> Dataset:
    """A header with elements of a creator whom the list names with bytes, UIDs, and elements of no VR."""
    header = make.header(SOPInstanceUID="1.2.3.4711.1", ReferencedImageSequence=make.sequence())
    header.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "1.2.3.4711.9"
    for group in {int(each.tag) >> 16 for each in elements}:
        header[group << 16 | 0x10] = DataElement(group << 16 | 0x10, "LO", "SIEMENS Ultrasound SC2000")
    for each in elements:
        header[each.tag] = each
    return header


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_safe_uid_is_replaced_as_every_other_is(syntax: UID, numbers: bool) -> None:
    header = ultrasound(DataElement(0x01291012, "UI", "1.2.3.4711.9"))

    made = read(outcome(make.data(header, syntax), script("retain_safe_private", numbers=numbers), "safe"))
    kept = cleaned(header, "retain_safe_private", "retain_uids")

    value = made[0x01291012].value
    uid = value.decode() if isinstance(value, bytes) else value  # pydicom does not know this creator
    assert uid == made.ReferencedImageSequence[0].ReferencedSOPInstanceUID != "1.2.3.4711.9"
    assert ("UI" if syntax.is_implicit_VR is False else "UN") == made[0x01291012].VR
    assert kept[0x01291012].value == "1.2.3.4711.9"


@pytest.mark.parametrize("vr", ["OB", "OW", "UN"])
def test_safe_bytes_stay_unless_they_spell_one_of_the_patient_s_strings(vr: str) -> None:
    bulk = bytes(range(256)) * 64
    stays, goes = (
        DataElement(0x7FD11010, vr, bulk),
        DataElement(0x7FD11011, vr, b"\0\1" * 50 + b"Doe^Jane" + b"\0\2" * 50),
    )
    header = ultrasound(stays, goes)

    made = cleaned(header, "retain_safe_private")

    assert made[0x7FD11010].value == bulk
    assert b"Doe" in make.data(header) and not made[0x7FD11011].value


@pytest.mark.parametrize(
    ("vr", "value", "stays"), [("FD", [0.5, 1.0, 0.0], True), ("DS", "1.5", True), ("LO", "1.5", False)]
)
def test_a_safe_element_of_no_listed_vr_stays_as_numbers_alone(vr: str, value: object, stays: bool) -> None:
    made = cleaned(ultrasound(DataElement(0x01291003, vr, value)), "retain_safe_private")

    assert (0x01291003 in made) is stays


def test_the_list_of_safe_elements_names_odd_groups_and_vrs_of_the_standard() -> None:
    assert len(listed()) == 479  # rows of PS3.15 2026d, Table E.3.10-1
    assert all(group % 2 and 0 <= element <= 0xFF and len(vr) in (0, 2) for (group, _, element), vr in listed().items())
    assert sum(not vr for vr in listed().values()) == 5


@pytest.mark.parametrize(
    ("option", "is_refused"),
    [
        ("retain_uids", True),
        ("retain_institution_identity", True),
        ("clean_descriptors", False),
        ("clean_graphics", False),
    ],
)
def test_an_archive_refuses_what_an_option_retains_of_identity(option: str, is_refused: bool) -> None:
    before = original(planted())

    after = CtpDeidentifier(script(option), "0").deidentify(before, PSEUDONYMS)

    assert bool(list(IdentityWitness().check_witness(before, after))) is is_refused


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="no option"):
        Options(frozenset(("retain_everything",)))
