"""Filter expressions: those of the oracle, and the language's corners."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from obia.plugins.deid_ctp.filters import Filter, matches
from obia.plugins.deid_ctp.outcome import Unreadable
from tests import make
from tests.plugins.deid_ctp.oracle_cases import Case, cases, locate
from tests.plugins.deid_ctp.pixels.images import real

VALUES = {"Modality": "CT", "Rows": "64", "Weight": "-7.5kg", "Type": "ORIGINAL\\PRIMARY", "[0009[A.B C]01]": "x"}


def holds(text: str) -> bool:
    return Filter(text).holds(lambda name: VALUES.get(name, ""))


@pytest.mark.parametrize("case", cases("filter"), ids=lambda case: case.id)
def test_a_filter_answers_as_ctp_does(case: Case) -> None:
    found = matches(case.script_text, locate(case))

    if case.status == "OK":  # else CTP could not open the file, and we can
        assert str(found).lower() == case.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("true.", True),
        ("false", False),
        ("!false.", True),
        ("true.*false.+true.", True),
        ("true. + true. * false.", True),
        ("(true. + true.) * false.", False),
        ("!(true. * (false. + !true.))", True),
        ("!!true.", False),  # the first ! is taken off before its operand is there
        ("false. + !!true.", True),  # and here it is given the operand before: CTP's slip
        ("true. + !!true.", False),
        ("!(!true.)", True),
        ('Modality.equals("CT")', True),
        ('Modality.equals( "CT" )', True),
        ('Modality.equals("CT"', False),
        ('Modality.equals("CT', False),
        ('Modality.equals("CT"))', False),
        ('(Modality.equals("CT")', False),
        ("()", False),
        ("Modality", False),
        ("Modality.", False),
        ('Modality.equals("")', False),
        ('Nothing.equals("")', True),
        ('0008,0060.equals("CT")', False),
        ('[0009[A.B C]01].equals("x")', True),
        ('Type.equals("ORIGINAL\\PRIMARY")', True),  # a backslash escapes nothing
        ('Type.matches("ORIG.*\\\\PRIM.*")', True),
        ('Type.matches("ORIG")', False),
        ('Type.matches("(")', False),
        ('Modality.equals("a//b") + true.', True),  # what is quoted is no comment
        ("// Modality\ntrue. // * false.\n", True),
        ("// all of it", False),
        ('Weight.isLessThan("8")', True),  # the sign falls out
        ('Weight.isGreaterThan("7")', True),
        ('Type.isLessThan("8")', False),
        ('Rows.isLessThan("0x41")', False),  # 041
        ('Rows.isLessThan("1.2.3")', False),
        ('Modality.startsWithIgnoreCase("c") * Modality.endsWithIgnoreCase("t")', True),
        ('Modality.containsIgnoreCase("ct") * !Modality.contains("ct")', True),
        ('Modality.equalsIgnoreCase("cT")', True),
        ('Modality.EQUALS("CT")', False),
        ("* true.", False),
        ("true. true.", False),
        ("true. - true.", False),
        ("", False),
    ],
)
def test_an_expression_is_read_by_ctp_s_rules(text: str, expected: bool) -> None:
    assert holds(text) is expected


@given(st.text(alphabet='()!*+."/[]: ,truefalsModality=CT\n\\', max_size=60))
def test_any_text_is_an_expression_or_false(text: str) -> None:
    assert holds(text) in (True, False)


def test_parentheses_nest_without_bound() -> None:
    depth = 50_000

    assert holds("(" * depth + "true." + ")" * depth)
    assert not holds("(" * depth + "true." + ")" * (depth - 1))


def test_an_exploding_pattern_is_given_up() -> None:
    assert not Filter('Long.matches("(a|a|b)*c")').holds(lambda _: "a" * 5_000)


def test_elements_of_the_meta_information_and_of_sequences_are_seen(tmp_path: Path) -> None:
    item = Dataset()
    item.CodeValue = "X"
    dataset = make.image()
    dataset.ProcedureCodeSequence = [item]
    path = tmp_path / "x.dcm"
    path.write_bytes(make.data(dataset))

    assert matches('TransferSyntaxUID.startsWith("1.2.840.10008.1.2")', path)
    assert matches('ProcedureCodeSeq::CodeValue.equals("X")', path)
    assert matches('[0008,1032].equals("")', path)


@pytest.mark.parametrize("name", ["MR_truncated.dcm", "ExplVR_BigEndNoMeta.dcm", "SC_rgb_jpeg.dcm"])
def test_a_header_is_read_whatever_is_wrong_around_it(name: str) -> None:
    assert matches('!Modality.equals("")', real(name))


def test_what_is_no_dicom_file_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        matches("true.", b"no DICOM")
