"""Strict mode: what no case of the oracle's sample shows, by what is known of CTP."""

import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import DeflatedExplicitVRLittleEndian

from obia.plugins.deid_ctp import Lookup
from obia.plugins.deid_ctp.plugin import base_script
from tests import make
from tests.plugins.deid_ctp.files import both, dataset, file, outcome, read, script


def strictly(rule: str, header: Dataset | None = None, parameters: str = "", table: str = "") -> str:
    """What strict mode puts into the patient's ID by one expression."""
    made = outcome(file(header), script(f"00100020 {rule}", parameters=parameters), "strict", Lookup.parse(table))
    return str(read(made).get("PatientID", "gone"))


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        ("@hash(NoSuch)", "gone"),
        ("@hash()", "()"),
        ("@hash(this,0)", "45274793992950877899198361795502526603"),
        ("@hashname(this)", "(this)"),
        ("@hashuid(@UIDROOT,this)", "(@UIDROOT,this)"),
        ("@truncate(this,3)", "PID"),
        ("@truncate(this,-1)", "1"),
        ("@truncate(this,x)", "PID-1"),
        ("@pathelement(PatientComments,1)", "b"),
        ("@pathelement(PatientComments,-1)", "c"),
        ("@pathelement(PatientComments,9)", "a/b/c"),
        ("@initials(PatientName)", "JD"),
        ("@initials(PatientName,1)", "KE"),
        ("@initials(PatientName,25)", "IC"),
        ("@uppercase(PatientName)", "DOE^JANE"),
        ("@value(NoSuch,dflt)", "dflt"),
        ("@param(@NOBODY)", "null"),
        ("@append(){@date()}", "PID-1\\\\20240506".replace("\\\\", "\\")),
        ("@date(-) @time(:)", "2024-05-06 07:08:09"),
        ("@select(){root}{item}", "root"),
        ("@if(this,exists){a}{b}c", "ac"),
        ("@if(this,exists){a}", "a"),
        ("@if(this,isblank){a} rest", ""),
        ("@if(this,sounds,x){a}{b}", "b"),
        ("@if(PatientAge,greaterthan,59){old}{young}", "old"),
        ("@if(PatientAge,greaterthan,60){old}{young}", "young"),
        ("@if(this,matches,\"pid.*\"){a}{b}", "b"),
        ("@if(this,equals,pid-1){a}{b}", "a"),
        ("@round(PatientAge,7)", "063Y"),
        ("@round(this)", "(this)"),
        ("@scramble(a, b)", "@scramble(a,b)"),
        ("x@y", "x"),
        ("@hash(this", ""),
        ("", ""),
        ("@remove() and more", "gone"),
        ("keep@keep()", "keep@keep()"),
        ("@contents(this,\"(P)(I)\",\"$2$1\")", "IPD-1"),
        ("@contents(RequestAttributesSeq::RequestedProcedureID)", "RP"),
        ("@contents(RequestAttributesSequence::RequestedProcedureID)", ""),
        ("@contents(0011[ACME]01)", "7\\9"),
        ("@contents(0011[acme]01)", "7\\9"),
        ("@contents(0011[ACME]02)", "44\\6F"),
        ("@contents(00280106)", "5"),
        ("@contents(TransferSyntaxUID)", "1.2.840.10008.1.2.1"),
        ("@lookup(this,ptid)", "S1"),
        ("@lookup(this,none,keep)", "PID-1"),
        ("@lookup(this,none,remove)", "gone"),
        ("@lookup(this,none,empty)", ""),
        ("@lookup(this,none,default,\"a b\")", "a b"),
        ("@lookup(this,none,ignore,\"PID.*\")", "PID-1"),
        ("@lookup(this,ind)", "S1"),
        ("@lookup(PatientName|PatientID,multi)", "both"),
        ("@lookup(PatientName,uc,UC)", "upper"),
        ("@dateinterval(StudyDate,base,PatientID)", "14"),
        ("@dateinterval(StudyDate,base,PatientID,20000101)", "20000115"),
        ("@incrementdate(StudyDate,PatientID,shift)", "20200310"),
        ("@hashdate(StudyDate)", ""),
        ("@modifydate(StudyDate,*,2,30)", "20200301"),
    ],
)  # fmt: skip
def test_a_function_gives_what_ctp_gives(rule: str, result: str) -> None:
    header = dataset(PatientAge="060Y", StudyDate="20200315", PatientComments="a/b/c", SmallestImagePixelValue=5)
    header.PixelRepresentation = 0
    header.RequestAttributesSequence = make.sequence(RequestedProcedureID="RP")
    block = header.private_block(0x0011, "ACME", create=True)
    block.add_new(0x01, "US", [7, 9])
    block.add_new(0x02, "UN", b"Do")
    table = "\n".join(
        (
            "ptid/PID-1=S1",
            "ind/PID-1=@ptid/PID-1",
            "multi/Doe^Jane|PID-1=both",
            "uc/DOE^JANE=upper",
            "base/PID-1=3/1/2020",
            "shift/PID-1=-5",
        )
    )

    found = strictly(rule, header, table=table)

    assert found == result or found == str(result.split("\\")), found


@pytest.mark.parametrize(
    "rule",
    ["@quarantine()", "@call(x)", "@contents(this,\"(\")", "@lookup(this,none)", "@lookup(this,loop)", "@dateinterval(this,a)",
     "@lookup(this,none,ignore,\"X\")", "@if(this,matches,\"[\"){a}{b}"],
)  # fmt: skip
def test_what_ctp_trips_over_is_quarantined_without_a_value(rule: str) -> None:
    made = outcome(file(), script(f"00100020 {rule}"), "strict", Lookup.parse("loop/PID-1=@loop/PID-1"))

    assert (made.status, made.data) == ("QUARANTINE", None) and "PID" not in made.reason


def test_a_hash_of_another_elements_script_tells_uids_apart() -> None:
    rules = ("00080018 @hashuid(1.2,this,PatientID)", "00100020 @hash(this)")

    plain, _ = both(file(), "00080018 @hashuid(1.2,this)")
    apart, _ = both(file(), *rules)

    assert plain.SOPInstanceUID != apart.SOPInstanceUID


def test_expressions_that_ask_for_one_another_end() -> None:
    rules = script("00080018 @hashuid(1.2,this,00080018)")

    assert outcome(file(), rules, "strict").status == "QUARANTINE"


def test_an_encrypted_value_is_decrypted_with_the_same_key_alone() -> None:
    source = file()
    locked, _ = both(source, "00100020 @encrypt(this,secret)")

    opened, _ = both(file(PatientID=locked.PatientID), "00100020 @decrypt(this,secret)")
    failed, _ = both(file(PatientID=locked.PatientID), "00100020 @decrypt(this,wrong)")

    assert locked.PatientID != "PID-1" and opened.PatientID == "PID-1" and failed.PatientID == "(this,wrong)"


def test_private_elements_are_named_by_their_creator_wherever_their_block_lies() -> None:
    header = dataset()
    header.private_block(0x0011, "OTHER", create=True).add_new(0x01, "LO", "other")
    header.private_block(0x0011, "ACME", create=True).add_new(0x01, "LO", "acme")

    strict, _ = both(file(header), "remove.overlays=", parameters="set.[0011,[ACME]01]mine=@empty()")

    assert strict[0x00111001].value == "other" and not strict[0x00111101].value


def test_the_name_of_a_private_element_can_be_used() -> None:
    header = dataset()
    header.private_block(0x0011, "ACME", create=True).add_new(0x01, "LO", "acme")

    strict, _ = both(file(header), "00100020 @contents(mine)", parameters="set.[0011,[ACME]01]mine=@keep()")

    assert strict.PatientID == "acme"


def test_method_codes_are_appended_to_those_that_are_there_unless_reset() -> None:
    code = make.sequence(CodeValue="1", CodingSchemeDesignator="99", CodeMeaning="x")

    appended, _ = both(file(DeidentificationMethodCodeSequence=code), "00120064 113100")
    cleared, _ = both(file(DeidentificationMethodCodeSequence=code), "00120064 reset/113100")

    assert [each.CodeValue for each in appended.DeidentificationMethodCodeSequence] == ["1", "113100"]
    assert [each.CodeValue for each in cleared.DeidentificationMethodCodeSequence] == ["113100"]


def test_a_deflated_file_stays_one() -> None:
    made = outcome(file(syntax=DeflatedExplicitVRLittleEndian), script("00100010 X"), "strict")

    header = read(made)

    assert header.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian and header.PatientName == "X"


def test_file_meta_is_built_anew() -> None:
    header = dataset()
    source = file(header).replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0", 1)

    made = read(outcome(source, script("00080018 @hashuid(1.9,this)"), "strict"))

    assert made.file_meta.MediaStorageSOPInstanceUID == made.SOPInstanceUID
    assert made.file_meta.MediaStorageSOPClassUID == made.SOPClassUID


@pytest.mark.parametrize("length", [64, 65])
def test_a_long_text_in_an_unknown_private_element_is_a_long_text(length: int) -> None:
    header = dataset()
    header.private_block(0x0011, "ACME", create=True).add_new(0x01, "SH", "acme")

    strict, _ = both(file(header), f"00111001 {'x' * length}")

    assert ("LO" if length == 64 else "LT") == strict[0x00111001].VR


def test_a_real_number_and_a_tag_are_put_as_such() -> None:
    header = dataset()
    header[0x00181271] = DataElement(0x00181271, "FD", 1.0)
    header[0x00280009] = DataElement(0x00280009, "AT", 0x00100010)

    strict, _ = both(file(header), "00181271 2.5", "00280009 00100020")

    assert strict[0x00181271].value == 2.5 and strict[0x00280009].value == 0x00100020


def test_our_own_directives_keep_nothing_in_ctp() -> None:
    header = dataset(ScanOptions="FS", ScanningSequence="SE", Rows=4, StudyDate="20200315")
    header.AcquisitionMatrix, header.ExposureTimeInuS = [0, 4, 4, 0], "7.5"
    header.private_block(0x0019, "GEMS_ACQU_01", create=True).add_new(0x5A, "FL", 2.5)

    strict, safe = (read(outcome(file(header), base_script(), mode)) for mode in ("strict", "safe"))

    kept = {"AcquisitionMatrix", "ExposureTimeInuS", "ScanOptions", "ScanningSequence"}
    assert kept <= set(safe.dir()) and not kept & set(strict.dir()) and "Rows" in strict
    assert safe[0x0019105A].value == 2.5 and not [each for each in strict if each.tag.is_private]
    assert safe.StudyDate and not strict.StudyDate  # CTP has no DATEINC


def test_our_own_extension_quarantines_in_ctp() -> None:
    source = file(ContentSequence=make.sequence(TextValue="x"))

    strict, safe = (outcome(source, base_script(), mode) for mode in ("strict", "safe"))

    assert (strict.status, safe.status) == ("QUARANTINE", "OK")
