"""Names: how CTP calls elements, and what a script may say."""

import pytest

from obia.plugins.deid_ctp.language.ctp_names import ctp_name, is_ctp_name, tag_named
from obia.plugins.deid_ctp.language.references import PrivateTag, Reference, parse_reference


@pytest.mark.parametrize(
    ("keyword", "name"),
    [
        ("PatientName", "PatientName"),
        ("ReferencedImageSequence", "RefImageSeq"),
        ("ReferencedSOPInstanceUID", "RefSOPInstanceUID"),
        ("RequestAttributesSequence", "RequestAttributesSeq"),
        ("ScheduledProcedureStepDescription", "SPSDescription"),
        ("PerformedProcedureStepStartDate", "PPSStartDate"),
        ("OperatorsName", "OperatorName"),
    ],
)
def test_ctp_shortens_names(keyword: str, name: str) -> None:
    assert ctp_name(keyword) == name
    assert tag_named(keyword) == tag_named(name) is not None


def test_ctp_does_not_know_a_keyword_that_it_shortens() -> None:
    assert is_ctp_name("RefImageSeq") and not is_ctp_name("ReferencedImageSequence")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("this", Reference()),
        ("root:this", Reference(from_root=True)),
        ("PatientID", Reference((0x00100020,))),
        ("root:PatientID", Reference((0x00100020,), True)),
        ("00100020", Reference((0x00100020,))),
        ("[0010,0020]", Reference((0x00100020,))),
        ("(0010,0020)", Reference((0x00100020,))),
        ("0009[Acme 1]02", Reference((PrivateTag(9, "ACME 1", 2),))),
        ("[0009,[ACME]02]", Reference((PrivateTag(9, "ACME", 2),))),
        ("00081140::00081155", Reference((0x00081140, 0x00081155))),
        ("NoSuch", Reference((), unknown="NoSuch", foreign="NoSuch")),
        ("ReferencedImageSequence", Reference((0x00081140,), foreign="ReferencedImageSequence")),
    ],
)
def test_an_element_is_named_in_many_ways(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize("text", ["", "::", "A::", "root:", "0010", "0009[]02"])
def test_what_names_no_element_is_unknown(text: str) -> None:
    assert parse_reference(text).unknown


def test_the_scripts_own_names_come_first() -> None:
    own = PrivateTag(9, "ACME", 2)

    assert parse_reference("PatientID", {"PatientID": own}).path == (own,)
