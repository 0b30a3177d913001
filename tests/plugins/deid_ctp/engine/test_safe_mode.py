"""Safe mode: where it does otherwise than CTP, strict beside it; CTP's hazards are in test_hazards."""

import gzip
import json
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia.plugins.deid_ctp import IntegerTable, Lookup, Script, anonymize
from obia.plugins.deid_ctp.plugin import base_script
from tests import make
from tests.plugins.deid_ctp.files import KEY, NOW, both, dataset, file, outcome, read, script, unknown
from tests.plugins.deid_ctp.oracle_cases import HERE

SECRET = "Doe"


def item(**elements: object) -> list[Dataset]:
    """A sequence of one item."""
    return make.sequence(**elements)


def text(header: Dataset) -> str:
    """Everything a header says."""
    return json.dumps(header.to_json_dict())


@pytest.mark.parametrize("result", ["@empty()", "REMOVED", "@hash(PatientID)"])
def test_a_sequence_that_cannot_take_its_value_is_emptied(result: str) -> None:
    source = file(RequestAttributesSequence=item(RequestedProcedureDescription="for Doe"))

    strict, safe = both(source, f"00400275 {result}", "00100010 X")

    assert SECRET in text(strict) and SECRET not in text(safe)
    assert safe.RequestAttributesSequence == []


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [(0x00189998, "OB", b"Doe^Jane"), (0x00660016, "OF", b"DoeDoe^J"), (0x00281201, "OW", b"Doe^Jane")],
)
def test_bytes_that_a_text_is_put_into_are_emptied(tag: int, vr: str, value: bytes) -> None:
    header = dataset()
    header[tag] = DataElement(tag, vr, value)

    strict, safe = both(file(header), f"{tag:08X} REMOVED")

    assert strict[tag].value == value and not safe[tag].value


@pytest.mark.parametrize("value", ["x", "70000", "-1", "1.5"])
def test_a_number_that_is_none_of_its_kind_is_emptied(value: str) -> None:
    header = dataset()
    header.PregnancyStatus = 4

    _, safe = both(file(header), f"001021C0 {value}")

    assert safe["PregnancyStatus"].is_empty


def test_a_time_that_is_none_is_emptied() -> None:
    strict, safe = both(file(StudyTime="123045"), "00080030 later")

    assert strict.StudyTime == "123045" and not safe.StudyTime


def test_a_standard_element_of_unknown_vr_is_read_as_what_it_is() -> None:
    source = file() + unknown(0x00324000, b"call Doe")

    strict, safe = both(source, '00324000 @contents(this,"Doe","X")')

    assert b"Doe" in strict.get_item(0x00324000).value
    assert safe.StudyComments == "call X"


def test_a_sequence_of_unknown_vr_is_walked() -> None:
    inner = bytes.fromhex("feff00e010000000") + bytes.fromhex("1000100008000000") + b"Doe^Jane"

    strict, safe = both(file() + unknown(0x00400275, inner), "00100010 X")

    assert b"Doe" in strict.get_item(0x00400275).value
    assert SECRET not in str(safe)


@pytest.mark.parametrize("name", ["GBK", "ISO 2022 GBK", "GB18030"])
def test_chinese_text_stays_chinese(name: str) -> None:
    header = dataset(SpecificCharacterSet="GB18030", PatientName="Wang^XiaoDong=王^小东", StudyDescription="第一医院")
    source = file(header).replace(
        b"\x08\x00GB18030 ", bytes((len(name) + len(name) % 2, 0)) + name.ljust(len(name) + len(name) % 2).encode()
    )

    _, safe = both(source, '00081030 @contents(this,"医院","科")')

    assert safe.SpecificCharacterSet == "GB18030"
    assert str(safe.PatientName).endswith("王^小东") and safe.StudyDescription == "第一科"


def test_a_text_that_the_character_set_cannot_write_is_emptied() -> None:
    strict, safe = both(file(StudyDescription="x"), "00081030 北京")

    assert strict.StudyDescription == "??" and not safe.StudyDescription


def test_a_character_set_nobody_defines_quarantines() -> None:
    header = dataset(StudyDescription="x")
    source = file(header).replace(b"ISO_IR 100", b"ISO_IR 999")

    assert outcome(source, script("00100010 X"), "safe").status == "QUARANTINE"
    assert outcome(source, script("00100010 X"), "strict").status == "OK"


@pytest.mark.parametrize("rule", ["00080005 @remove()", "00080005 ISO_IR 192", "remove.unspecifiedelements"])
def test_the_character_set_says_what_the_text_is_written_in(rule: str) -> None:
    _, safe = both(file(StudyDescription="Köln"), rule, "00081030 @keep()")

    assert safe.SpecificCharacterSet == "ISO_IR 100" and safe.StudyDescription == "Köln"


@pytest.mark.parametrize("rule", ["00400275 @keep()", "00400275 @process()", "00100020 X"])
def test_every_sequence_that_stays_is_walked(rule: str) -> None:
    inner = item(PatientName="Doe^Jane", RequestedProcedureDescription="y")
    source = file(RequestAttributesSequence=item(ReferencedStudySequence=inner))

    _, safe = both(source, rule, "00100010 X")

    assert SECRET not in text(safe)


def test_strict_mode_leaves_a_sequence_alone_that_no_script_names() -> None:
    strict, _ = both(file(RequestAttributesSequence=item(PatientName="Doe^Jane")), "00100010 X")

    assert SECRET in text(strict)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_private_sequence_is_walked_too(syntax: UID) -> None:
    header = dataset()
    block = header.private_block(0x0011, "ACME", create=True)
    block.add_new(0x06, "SQ", item(PatientName="Doe^Jane"))

    strict, safe = (outcome(file(header, syntax), script("00100010 X"), mode) for mode in ("strict", "safe"))

    assert strict.data is not None and b"Doe" in strict.data
    assert safe.data is not None and b"Doe" not in safe.data


@pytest.mark.parametrize(
    "rule",
    [
        "@hash(this)",
        "@hash(this,12)",
        "@hashname(this,12)",
        "@hashptid(77,this)",
        "@hashuid(1.2,this)",
        "@hashdate(StudyDate,this)",
    ],
)
def test_every_hash_is_keyed(rule: str) -> None:
    source = file(StudyDate="20200315")
    strict, one = (read(outcome(source, script(f"00100020 {rule}"), mode)).PatientID for mode in ("strict", "safe"))

    other = anonymize(source, script(f"00100020 {rule}"), now=NOW, key=b"another key")

    assert len({strict, one, read(other).PatientID}) == 3
    assert one == read(outcome(source, script(f"00100020 {rule}"), "safe")).PatientID


def test_without_a_key_hashes_agree_within_the_process() -> None:
    first, second = (read(anonymize(file(), script("00100020 @hash(this)"))).PatientID for _ in range(2))

    assert first == second


def test_uids_of_the_standard_stay() -> None:
    strict, safe = both(file(), "00080016 @hashuid(1.2.3,this)")

    assert strict.SOPClassUID.startswith("1.2.3.") and safe.SOPClassUID == dataset().SOPClassUID


def test_a_function_nobody_knows_writes_nothing() -> None:
    strict, safe = both(file(), "00100010 @scramble(this)", "00104000 @always()@scramble(this)")

    assert strict.PatientName == strict.PatientComments == "@scramble(this)"
    assert not safe.PatientName and "PatientComments" not in safe


def test_an_item_whose_value_the_table_lacks_is_emptied_and_the_file_not_lost() -> None:
    source = file(RequestAttributesSequence=item(PatientID="PID-2"))
    table = Lookup.parse("ptid/PID-1=S1")

    result = outcome(source, script("00100020 @lookup(this,ptid)"), "safe", table)

    assert read(result).PatientID == "S1" and not read(result).RequestAttributesSequence[0].PatientID
    assert any(note.startswith("00400275[0].00100020: ") for note in result.notes)


def test_a_value_the_table_lacks_quarantines_at_the_root() -> None:
    result = outcome(file(), script("00100020 @lookup(this,ptid)"), "safe", Lookup.parse(""))

    assert (result.status, result.data) == ("QUARANTINE", None) and "PID" not in result.reason


def test_what_is_done_otherwise_is_noted_without_a_value() -> None:
    source = file(RequestAttributesSequence=item(PatientName="Doe^Jane"), StudyTime="123045")

    result = outcome(source, script("00400275 Doe", "00080030 Doe"), "safe")

    assert len(result.notes) == 2 and SECRET not in " ".join(result.notes)
    assert result.actions["Z"] == 1


def test_dates_move_by_the_patients_own_offset_where_none_is_declared() -> None:
    rules = script("00080020 @incrementdate(this,@DATEINC)", "00080021 @incrementdate(this,@DATEINC)")

    moved = read(outcome(file(StudyDate="20200315", SeriesDate="20200318"), rules, "safe"))
    other = read(outcome(file(PatientID="PID-2", StudyDate="20200315"), rules, "safe"))

    assert int(moved.SeriesDate) - int(moved.StudyDate) in (3, 3 + 100 - 31, 3 + 100 - 30, 3 + 100 - 28, 3 + 100 - 29)
    assert moved.StudyDate < "20200315" and moved.StudyDate != other.StudyDate


def test_the_archives_own_script_runs_in_safe_mode() -> None:
    source = (HERE / "inputs/phi_base.dcm").read_bytes()

    header = read(outcome(source, base_script(), "safe"))

    assert str(header.PatientName).isdigit() and header.OperatorsName == "REMOVED"
    assert header.AcquisitionDateTime.endswith("123045.123456+0800")


def test_a_skipped_file_is_not_given_back() -> None:
    result = outcome(file(), script("00100010 @skip()"), "safe")

    assert (result.status, result.data) == ("SKIP", None)


def test_numbers_are_given_by_first_appearance() -> None:
    table, rules = IntegerTable(), script("00100020 @integer(this,patients,4)")

    made = [read(anonymize(file(PatientID=name), rules, integers=table, key=KEY)).PatientID for name in ("A", "B", "A")]

    assert made == ["0001", "0002", "0001"]


def test_a_file_without_file_meta_is_read() -> None:
    source = file()
    body = source[132 + 12 + int.from_bytes(source[140:144], "little") :]

    assert read(outcome(body, script("00100010 X"), "safe")).PatientName == "X"
    assert outcome(body, script("00100010 X"), "strict").status == "QUARANTINE"


def cases_of(*names: str) -> list[dict[str, Any]]:
    """Cases of the oracle, as they lie."""
    with gzip.open(HERE / "cases.jsonl.gz", "rt") as lines:
        return [case for case in map(json.loads, lines) if case["set"] in names]


@pytest.mark.parametrize("case", cases_of("flags")[::4], ids=lambda case: str(case["id"]))
def test_what_ctp_removes_safe_mode_removes(case: dict[str, Any]) -> None:
    result = outcome((HERE / case["input"]).read_bytes(), Script.parse(case["script_text"]), "safe")

    left = read(result)

    assert not [path for path in case["removed"] if "[" not in path and int(path, 16) in left and path != "00080005"]


@pytest.mark.parametrize(("age", "made"), [("057Y", "055Y"), ("000Y", "000Y"), ("008M", "010M")])
def test_a_rounded_age_is_one(age: str, made: str) -> None:
    source = file(dataset(PatientAge=age))

    assert read(anonymize(source, script("00101010 @round(this,5)"), key=KEY, now=NOW)).PatientAge == made


def test_it_is_noted_where_patients_become_one() -> None:
    rules = script("00100010 @hashptid(A,PatientID)", "00100020 @hashptid(A,this)")
    one, other = (
        anonymize(file(dataset(PatientID=patient_id)), rules, key=KEY, now=NOW) for patient_id in ("", "PID-1")
    )

    assert one.notes == ("00100020: there is none, and all patients without one become the same",)
    assert other.notes == ()
