"""The indexes: exact, and equal to one another to the last tie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obia import Hit, Index
from obia.plugins.retrieval.faiss_index import FaissIndex
from obia.plugins.retrieval.numpy_index import _CHUNK, NumpyIndex

INDEXES = [NumpyIndex(), FaissIndex()]
Case = tuple[list[str], list[bytes], bytes, int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """UIDs, their codes, a query and a count; few different codes, so that there are ties."""
    length = draw(st.sampled_from([1, 2, 8, 16]))
    code = st.one_of(st.binary(min_size=length, max_size=length), st.sampled_from([bytes(length), b"\xff" * length]))
    uids = draw(st.lists(st.from_regex(r"2\.25\.[1-9][0-9]{0,4}", fullmatch=True), unique=True, max_size=30))
    codes = draw(st.lists(code, min_size=len(uids), max_size=len(uids)))
    return uids, codes, draw(code), draw(st.integers(-1, 40))


def array(codes: list[bytes], length: int) -> np.ndarray:
    return np.frombuffer(b"".join(codes), np.uint8).reshape(-1, length)


def by_hand(uids: list[str], codes: list[bytes], query: bytes, count: int) -> list[Hit]:
    """The answer in plain Python."""
    number = int.from_bytes(query)
    hits = [Hit(u, (int.from_bytes(c) ^ number).bit_count()) for u, c in zip(uids, codes, strict=True)]
    return sorted(hits, key=lambda hit: (hit.distance, hit.uid))[: max(count, 0)]


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
@given(case=cases())
@settings(max_examples=150, deadline=None)
def test_an_index_answers_as_a_sort_by_distance_and_uid(index: Index, case: Case) -> None:
    uids, codes, query, count = case

    found = index.build(uids, array(codes, len(query))).search(query, count)

    assert list(found) == by_hand(uids, codes, query, count)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_an_index_answers_alike_across_its_chunks(index: Index) -> None:
    codes = np.random.default_rng(0).integers(0, 4, (_CHUNK + 700, 8), np.uint8)
    uids = [f"2.25.{number}" for number in range(len(codes), 0, -1)]
    query = codes[_CHUNK + 350].tobytes()

    found = index.build(uids, codes).search(query, 900)

    assert list(found) == by_hand(uids, [row.tobytes() for row in codes], query, 900)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_an_index_refuses_what_does_not_belong_together(index: Index) -> None:
    with pytest.raises(ValueError, match="one UID"):
        index.build(["2.25.1"], np.zeros((2, 8), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        index.build(["2.25.1"], np.zeros((1, 8), np.int64))
    with pytest.raises(ValueError, match="8 bytes"):
        index.build(["2.25.1"], np.zeros((1, 8), np.uint8)).search(b"1", 1)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_an_index_takes_codes_that_lie_apart_in_memory(index: Index) -> None:
    wide = np.arange(64, dtype=np.uint8).reshape(4, 16)

    found = index.build(["2.25.1", "2.25.2", "2.25.3", "2.25.4"], wide[:, ::2]).search(wide[2, ::2].tobytes(), 1)

    assert found == [Hit("2.25.3", 0)]
