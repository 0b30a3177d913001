"""JPEG in its coefficients: blocks under a region are black, all others keep each of their bits."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obia.plugins.deid_ctp.pixels.huffman import BadJpeg
from obia.plugins.deid_ctp.pixels.jpeg import emptied, shape
from tests.plugins.deid_ctp.pixels.images import decoded, jpeg, photograph, real, streams_of

BLACK = (0, 128, 128)
KINDS: list[dict[str, Any]] = [
    {"subsampling": 0},
    {"subsampling": 1},
    {"subsampling": 2},
    {"subsampling": 2, "restart_marker_blocks": 1},
    {"subsampling": 1, "restart_marker_rows": 1},
    {"subsampling": 0, "optimize": True},
    {"subsampling": 2, "quality": 100},
    {"subsampling": 0, "quality": 5},
]


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_blocks_under_a_region_are_black_and_others_as_they_were(options: dict[str, Any]) -> None:
    stream = jpeg(photograph(75, 101), **options)

    after = decoded(emptied(stream, [(40, 20, 17, 9)], BLACK))

    before = decoded(stream)
    assert np.abs(after[20:29, 40:57] - BLACK).max() <= 1
    kept = np.ones(before.shape[:2], bool)
    kept[16 - 1 : 32 + 1, 32 - 1 : 64 + 1] = False  # units of 16, and what upsampling smooths around them
    assert (before == after)[kept].all()


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_luma_outside_of_the_blocks_is_untouched(options: dict[str, Any]) -> None:
    stream = jpeg(photograph(75, 101), **options)

    before, after = decoded(stream)[..., 0], decoded(emptied(stream, [(41, 17, 3, 3)], BLACK))[..., 0]

    places = np.argwhere(before != after)
    assert places.min(0).tolist() == [16, 40]
    assert places.max(0).tolist() == [23, 47]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(-20, 120)] * 2, *[st.integers(0, 60)] * 2), max_size=4),
    st.sampled_from(KINDS),
    st.integers(0, 3),
)
def test_any_regions_leave_a_stream_that_decodes(
    rectangles: list[tuple[int, int, int, int]], options: dict[str, Any], seed: int
) -> None:
    stream = jpeg(photograph(60, 90, seed), **options)

    for levels in (None, BLACK):
        after = decoded(emptied(stream, rectangles, levels))
        for left, top, width, height in rectangles:
            luma = after[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0), 0]
            assert levels is None or not luma.any()


def test_a_stream_longer_than_one_stretch_is_followed_to_its_end() -> None:
    stream = jpeg(photograph(900, 1200), subsampling=0, quality=97)
    assert len(stream) > 3 << 17

    after = decoded(emptied(stream, [(0, 0, 1, 1), (1199, 899, 1, 1)], BLACK))

    before = decoded(stream)
    assert (before[8:-8] == after[8:-8]).all()
    assert np.abs(after[-1, -1] - BLACK).max() <= 1


def test_without_a_region_nothing_changes() -> None:
    stream = jpeg(photograph(), subsampling=2)

    assert emptied(stream, []) == stream
    assert (decoded(emptied(stream, [], BLACK)) == decoded(stream)).all()


def test_previews_and_words_beside_the_picture_go_with_levels() -> None:
    plain = jpeg(photograph(), comment=b"Doe^Jane", exif=b"Exif\0\0preview of it")
    stream = plain + b"Doe behind the end"

    cleaned = emptied(stream, [(0, 0, 8, 8)], BLACK)

    assert b"Doe" not in cleaned
    assert b"preview" not in cleaned
    assert cleaned[:4] == b"\xff\xd8\xff\xe0"


def test_twelve_bits_are_edited_as_eight_are() -> None:
    [stream] = streams_of(real("JPGExtended.dcm"))
    said = shape(stream)

    once = emptied(stream, [(0, 0, 64, 64)], [0])

    assert said.bits == 12
    assert emptied(once, [(0, 0, 64, 64)], [0]) == once  # black stays black
    assert emptied(once, [(64, 0, 9999, 9999), (0, 64, 64, 9999)], [0]) == emptied(stream, [(0, 0, 9999, 9999)], [0])
    assert emptied(emptied(stream, [], [0]), []) == emptied(stream, [], [0])


def test_tables_without_a_code_for_black_are_completed() -> None:
    grey = jpeg(np.full((64, 64, 3), 128, "u1"), "L", optimize=True)

    after = decoded(emptied(grey, [(8, 8, 8, 8)], [0]))

    assert after[8:16, 8:16].max() == 0
    assert set(np.unique(after[20:])) == {128}


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xda\0\2\xff\xd9",
        b"\xff\xd8\xff\xff\xff",
        jpeg(photograph(), progressive=True),
        jpeg(photograph())[:2000],
        jpeg(photograph(), "L").replace(b"\xff\xda\0\x08\1", b"\xff\xda\0\x08\0"),  # a scan of nothing
        jpeg(photograph()).replace(b"\xff\xc4\0\x1f\0", b"\xff\xc4\0\x1f\x07"),
    ],
)
def test_what_is_no_sequential_jpeg_is_refused(stream: bytes) -> None:
    with pytest.raises(BadJpeg):
        emptied(stream, [(0, 0, 8, 8)], BLACK)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_stream_is_refused_or_edited(data: st.DataObject) -> None:
    stream = bytearray(jpeg(photograph(40, 40), subsampling=2, restart_marker_blocks=2))
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))

    for levels in (None, BLACK):
        try:
            assert emptied(bytes(stream), [(3, 3, 9, 9)], levels)[-2:] == b"\xff\xd9"
        except BadJpeg:
            continue
