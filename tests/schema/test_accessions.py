"""Accessions: what is said of one that is none."""

import pytest

from obia.schema.accessions import EXAMPLES, PATTERNS, is_accession, looks_like


@pytest.mark.parametrize("label", PATTERNS)
def test_the_example_of_a_label_is_an_accession_of_it(label: str) -> None:
    assert is_accession(label, EXAMPLES[label])
    assert looks_like(label).endswith(f"'s accession looks like {EXAMPLES[label]}")
