"""Functions: each against what is known of CTP's, with keyed digests."""

import pytest
from pydicom import Dataset
from pydicom.uid import CTImageStorage

from obia import Patient
from obia.plugins.deid_ctp.dicom.elements import Item, read_item
from obia.plugins.deid_ctp.dicom.reader import Read
from obia.plugins.deid_ctp.engine.archive_policy import ArchivePolicy, NoTable
from obia.plugins.deid_ctp.engine.evaluator import Evaluator
from obia.plugins.deid_ctp.language.expressions import compile_expression, split_arguments
from obia.plugins.deid_ctp.language.script import Script
from tests import make
from tests.plugins.deid_ctp.files import NOW
from tests.plugins.deid_ctp.originals import PSEUDONYMS, original

PARAMETERS = {"UIDROOT": "2.25", "OTHERROOT": "1.2.840.99", "SITEID": "", "SITE": "77", "DAYS": "-100"}


def evaluate(script: str, tag: int, dataset: Dataset | None = None) -> str:
    """Evaluate a script for one element of a header."""
    header = original(make.header() if dataset is None else dataset).header
    item = read_item(header, False, True)
    element = item.get(tag)
    assert element is not None
    lines = "".join(f'<p t="{name}">{value}</p>' for name, value in PARAMETERS.items())
    read = Read(b"", Item(None, item.charset, False, True), "", item, b"", [])
    policy = ArchivePolicy(Patient("PID-0815"), PSEUDONYMS)
    evaluator = Evaluator(Script.parse(f"<script>{lines}</script>"), read, policy, NOW, integers=NoTable())
    return evaluator.evaluate(compile_expression(script, "here"), item, element, element.VR or "")


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("REMOVED", "REMOVED"),
        (" @keep() ", "@keep()"),
        ("@remove()", "@remove()"),
        ("@empty()", "@empty()"),
        ("@blank(5)", "@blank(5)"),
        ("@always()YES", "YES"),
        (r"a\@b\\c", r"a@b\c"),
        ("tail@", "tail"),
        ("@process()", "@keep()"),
        ("@require()", "@keep()"),
        ("@value(AccessionNumber)", "ACC-4711"),
        ("@value(00080050)", "ACC-4711"),
        ("@value([0008,0050])", "ACC-4711"),
        ("x@value(StudyDescription,none)y", "xnoney"),
        ('@value(StudyDescription,"a, b")', "a, b"),
        ("@param(@SITE)", "77"),
        ("@param(@NOBODY)", "null"),
        ("@if(this,exists){yes}{no}", "yes"),
        ("@if(StudyDescription,exists){yes}{no}", "no"),
        ("@if(StudyDescription,isblank){@empty()}", "@empty()"),
        ("@if(this,equals,doe^jane){yes}{no}", "yes"),
        ("@if(this,contains,JANE){yes}{no}", "yes"),
        ('@if(this,matches,"Doe"){yes}{no}', "no"),
        ('@if(this,matches,"Doe\\\\^\\\\w+"){yes}{no}', "yes"),
        ("@if(this,isblank){yes}", ""),
        ("@if(this,exists){@if(this,isblank){a}{b}}{c}", "b"),
        ("@hashptid(@SITEID,root:PatientID)", PSEUDONYMS.pseudonym(Patient("PID-0815"))),
        ("@hashptid(@SITEID,root:PatientID,4)", PSEUDONYMS.pseudonym(Patient("PID-0815"))[:4]),
        ("@incrementdate(StudyDate,@DAYS)", "20191023"),
        ("@incrementdate(StudyDate,1)", "20200201"),
        ("@incrementdate(SeriesTime,1)", "@remove()"),
        ("@incrementdate(StudyDate,@NOBODY)", "@empty()"),
        ("@incrementdate(AccessionNumber,1)", "@empty()"),
    ],
)
def test_a_function_gives_what_ctp_gives(script: str, result: str) -> None:
    assert evaluate(script, 0x00100010) == result


def test_a_patient_id_of_a_site_is_that_sites_own_number() -> None:
    at_site = evaluate("@hashptid(@SITE,PatientID)", 0x00100020)

    assert at_site.isdigit()
    assert at_site == evaluate("@hashptid(77,PatientID)", 0x00100020)
    assert at_site != evaluate("@hashptid(78,PatientID)", 0x00100020)


def test_hashuid_maps_each_value_and_leaves_what_the_standard_registers() -> None:
    dataset = make.header(FailedSOPInstanceUIDList=["1.2.3.4", str(CTImageStorage)])

    new = evaluate("@hashuid(@UIDROOT,this)", 0x00080058, dataset)

    assert new == f"{PSEUDONYMS.uid('1.2.3.4')}\\{CTImageStorage}"


def test_hashuid_stays_under_another_root_and_within_64_characters() -> None:
    new = evaluate("@hashuid(@OTHERROOT,this)", 0x0020000D)

    assert new.startswith("1.2.840.99.") and len(new) <= 64
    assert new == evaluate("@hashuid(@OTHERROOT,this)", 0x0020000D)


def test_hashuid_of_a_missing_element_removes() -> None:
    assert evaluate("@hashuid(@UIDROOT,FrameOfReferenceUID)", 0x0020000D) == "@remove()"


def test_commas_in_quotes_and_brackets_divide_nothing() -> None:
    assert split_arguments(r'a, "b, c", [0010,0020], x\,y') == ("a", '"b, c"', "[0010,0020]", "x,y")
