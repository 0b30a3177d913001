"""The linkers: which accessions are theirs, whole and in canonical form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia import Kind, Linker, Receipt
from obia.plugins.linkers.ngdc import BioProject, GsaHuman

RECEIPT = Receipt("0" * 32, "OBIA0001", "I000001", "S000001", "2.25.1", "2.25.2", Kind("", "CT", "", "", "OBIA0001"))


@pytest.mark.parametrize("linker", [BioProject(), GsaHuman()], ids=lambda linker: linker.name)
def test_a_linker_proposes_nothing_without_evidence(linker: Linker) -> None:
    assert isinstance(linker, Linker)
    assert list(linker.link(RECEIPT)) == []


@pytest.mark.parametrize("accession", ["PRJCA000001", "PRJCA1234567", "PRJEB1", "PRJNA12", "PRJDB999"])
def test_a_bioproject_is_known(accession: str) -> None:
    assert BioProject().label(accession) == "BioProject"
    assert GsaHuman().label(accession) is None


@pytest.mark.parametrize(
    ("accession", "label"),
    [
        ("HRA000001", "GsaStudy"),
        ("HRI0000001", "GsaIndividual"),
        ("HRS000001", "Sample"),
        ("SAMC000001", "Sample"),
        ("SAMCA12", "Sample"),
        ("HRX000001", "Experiment"),
        ("HRR999999999", "Run"),
    ],
)
def test_an_accession_of_gsa_human_has_its_label(accession: str, label: str) -> None:
    assert GsaHuman().label(accession) == label
    assert BioProject().label(accession) is None


@pytest.mark.parametrize(
    "accession",
    ["", "HRA00001", "hra000001", " HRA000001", "HRA000001\n", "HRA00000１", "XHRA000001", "SUBPRJCA000001", "PRJCA00001",
     "PRJC000001", "CRA000001", "HRA-000001", "I000001"],
)  # fmt: skip
def test_what_is_not_canonical_is_unknown(accession: str) -> None:
    assert BioProject().label(accession) is None
    assert GsaHuman().label(accession) is None


@given(st.text(max_size=20))
def test_what_is_known_is_ascii_capitals_and_digits(text: str) -> None:
    labels = {BioProject().label(text), GsaHuman().label(text)} - {None}

    assert not labels or (text.isascii() and text.isalnum() and text == text.upper())
