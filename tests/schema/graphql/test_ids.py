"""Global ids say what they are to us, and nothing to anyone else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.schema.errors import BadInput
from obia.schema.graph import readable
from obia.schema.graphql.ids import decode, encode

NAMES = [each.name for each in readable()]


@given(st.sampled_from(NAMES), st.text(min_size=1).filter(lambda key: key.isprintable()))
def test_an_id_is_read_back(label: str, key: str) -> None:
    assert decode(encode(label, key)) == (label, key)


@pytest.mark.parametrize(
    "text", ["", "x", "IC'", "U3R1ZHk", "U3R1ZHk6", "VG9rZW46eA", "U3R1ZHk6eA==", "肺", encode("Study", "x") + "\n"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        decode(text)


@given(st.text())
def test_any_text_is_an_id_or_refused(text: str) -> None:
    try:
        label, key = decode(text)
    except BadInput:
        return
    assert encode(label, key) == text
