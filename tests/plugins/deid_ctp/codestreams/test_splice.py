"""A splice reads as one file, from anywhere, and holds nothing of its source."""

import io
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.plugins.deid_ctp.codestreams.splice import Splice, Spliced

SOURCE = bytes(range(256))
PARTS = st.lists(st.one_of(st.binary(max_size=9), st.tuples(st.integers(0, 255), st.integers(0, 40))), max_size=12)


def spliced(parts: list[bytes | tuple[int, int]]) -> tuple[Splice, bytes]:
    """A splice, and the bytes it stands for."""
    splice, content = Splice(), b""
    for part in parts:
        if isinstance(part, bytes):
            splice.put(part)
            content += part
        else:
            start, end = part[0], min(256, sum(part))
            splice.keep(start, end)
            content += SOURCE[start:end]
    return splice, content


@given(PARTS, st.lists(st.tuples(st.integers(0, 300), st.integers(-1, 100)), max_size=5))
def test_any_place_reads_as_if_it_were_one_file(
    parts: list[bytes | tuple[int, int]], places: list[tuple[int, int]]
) -> None:
    splice, content = spliced(parts)

    with Spliced(lambda: io.BytesIO(SOURCE), splice.parts).open() as stream:
        assert stream.read() == content
        for at, length in places:
            stream.seek(at)
            assert stream.read(length) == io.BytesIO(content[at:]).read(length)
            assert stream.tell() == max(at, min(at + (length if length >= 0 else 300), len(content)))
        assert stream.seek(0, io.SEEK_END) == len(content) == splice.length


@given(st.integers(0, 200), st.integers(0, 50), st.integers(0, 50))
def test_a_splice_knows_when_nothing_changes(start: int, one: int, other: int) -> None:
    splice = Splice()
    splice.keep(start, start + one)
    splice.put(SOURCE[start + one : start + one + 3])
    splice.keep(start + one + 3, start + one + 3 + other)

    assert splice.stands_at(io.BytesIO(SOURCE * 2), start)
    assert not splice.length or not splice.stands_at(io.BytesIO(SOURCE * 2), start + 1)


def test_closing_it_closes_its_source() -> None:
    sources: list[BinaryIO] = []

    def opener() -> BinaryIO:
        sources.append(io.BytesIO(SOURCE))
        return sources[-1]

    with Spliced(opener, [b"x"]).open() as stream:
        assert stream.read() == b"x"

    assert [each.closed for each in sources] == [True]


def test_there_is_nothing_before_its_beginning() -> None:
    with Spliced(lambda: io.BytesIO(SOURCE), [b"x"]).open() as stream, pytest.raises(ValueError, match="beginning"):
        stream.seek(-2, io.SEEK_END)
