"""Filter expressions: the corners of their language; the oracle's are in test_oracle."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import UID

from obia.plugins.deid_ctp.language.filters import Filter, matches
from obia.plugins.deid_ctp.outcome import Unreadable
from tests import make
from tests.plugins.deid_ctp.pixels.images import real

VALUES = {"Modality": "CT", "Rows": "64", "Weight": "-7.5kg", "Type": "ORIGINAL\\PRIMARY", "[0009[A.B C]01]": "x"}


def holds(text: str) -> bool:
    return Filter(text).holds(lambda name: VALUES.get(name, ""))


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
        ("true. & true.", False),
        ("true. ** true.", False),
        ("true.true.", False),
        ("true.!", False),
        ("!", False),
        ("TRUE.", False),
        ("((true.)", False),
        ("true.)", False),
        ("! // not\n true.", False),
        ("true. // " + "x" * 5_000, True),
        ("Modality.equals('CT')", False),
        ('Modality.equals("C"T")', False),
        ('(0008,0060).equals("CT")', False),
        ('Type.contains("\\")', True),
        ('Type.endsWith("\\PRIMARY") * !Type.startsWith("PRIMARY")', True),
        ('Nothing.matches("")', True),
        ('!Nothing.isLessThan("5")', True),
        ('Rows.isGreaterThan("-63")', True),  # the limit's sign falls out too
        ('Rows.isGreaterThan("-65")', False),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('RefImageSeq::RefSOPInstanceUID.equals("1.2.9")', True),
        ('ReferencedImageSequence::ReferencedSOPInstanceUID.equals("")', True),  # CTP knows no such names
        ('RefImageSeq::ReferencedSOPInstanceUID.equals("")', True),
        ('[0008,1140]::[0008,1155].equals("1.2.9")', True),
        ('OperatorName.equals("Roe^Jim")', True),
        ('OperatorsName.equals("")', True),
        ('RefImageSeq.equals("")', True),  # a sequence has no text
        ('PixelData.equals("")', True),
        ('this.equals("")', True),
        ('root:OperatorName.startsWith("Roe")', True),
        ('[0011[ACME]02].equals("7\\9")', True),
        ('[0011[acme]02].equals("7\\9")', True),
        ('[0011[NOBODY]02].equals("")', True),
        ('[0011,1002].startsWith("7")', True),
        ('[0011,0010].equals("ACME")', True),
        ('ImageType.equals("ORIGINAL\\PRIMARY")', True),
        ('PixelSpacing.isLessThan("1")', False),  # two numbers are none
        ('PatientName.equals("Doe^Jane")', True),  # what fills it up is no part of it
    ],
)
def test_an_element_is_found_as_ctp_finds_it(text: str, expected: bool) -> None:
    source = odd_file()

    assert matches(text, source) is expected


def test_safe_mode_knows_dicom_s_keywords_too() -> None:
    source, text = odd_file(), 'ReferencedImageSequence::ReferencedSOPInstanceUID.equals("1.2.9")'

    assert not matches(text, source)
    assert matches(text, source, mode="safe")


def odd_file() -> bytes:
    """A file with a sequence, private elements and several values."""
    header = make.image(PatientName="Doe^Jane^ ", OperatorsName="Roe^Jim", ImageType=["ORIGINAL", "PRIMARY"])
    header.PixelSpacing = [0.5, 0.5]
    header.ReferencedImageSequence = make.sequence(ReferencedSOPInstanceUID=UID("1.2.9"))
    header.private_block(0x0011, "ACME", create=True).add_new(0x02, "US", [7, 9])
    return make.data(header)


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
