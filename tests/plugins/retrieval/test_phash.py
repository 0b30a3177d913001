"""The perceptual hash: the same picture, the same bits, however it is stored."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from obia import Encoder
from obia.plugins.retrieval.phash import PerceptualHash, _range
from tests.pictures import shapes

encode = PerceptualHash().encode


def distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def test_the_hash_is_an_encoder() -> None:
    assert isinstance(PerceptualHash(), Encoder)


def test_a_code_has_as_many_bits_as_the_identity_says() -> None:
    assert len(encode(shapes(1))) * 8 == PerceptualHash().identity.bits == 64


def test_the_identity_is_the_same_in_every_process() -> None:
    identity = PerceptualHash().identity

    assert (identity.name, identity.engine, identity.precision) == ("phash", "numpy", "float64")
    assert identity == PerceptualHash().identity


@pytest.mark.parametrize(
    "store",
    [
        pytest.param(lambda frames: frames * 16, id="other bit depth"),
        pytest.param(lambda frames: (frames // 16).astype(np.uint8), id="8 bits"),
        pytest.param(lambda frames: frames.astype(np.int16) - 1024, id="signed"),
        pytest.param(lambda frames: 4095 - frames, id="MONOCHROME1"),
        pytest.param(lambda frames: np.repeat(frames[..., None], 3, axis=-1), id="RGB"),
        pytest.param(lambda frames: np.repeat(np.repeat(frames, 3, axis=1), 3, axis=2), id="larger"),
        pytest.param(lambda frames: np.concatenate([frames * 0, frames, frames * 0]), id="middle frame"),
        pytest.param(lambda frames: frames.astype(np.float64) / 4000, id="floats"),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_a_picture_stored_in_another_way_keeps_its_code(store: Callable[[np.ndarray], np.ndarray], seed: int) -> None:
    frames = shapes(seed)

    assert distance(encode(frames), encode(store(frames))) <= 4


def test_other_pictures_have_other_codes() -> None:
    codes = [encode(shapes(seed)) for seed in range(12)]

    distances = [distance(a, b) for n, a in enumerate(codes) for b in codes[:n]]

    assert min(distances) > 4
    assert 20 < np.mean(distances) < 44


@pytest.mark.parametrize("value", [0, 7, 65535])
def test_a_flat_picture_has_a_code_without_a_bit(value: int) -> None:
    assert encode(np.full((1, 40, 50), value, np.uint16)) == bytes(8)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 9), (1, 5, 3), (2, 33, 31)])
def test_a_picture_smaller_than_the_grid_has_a_code(shape: tuple[int, ...]) -> None:
    assert len(encode(np.arange(np.prod(shape), dtype=np.int32).reshape(shape))) == 8


def test_what_is_not_a_number_does_not_matter() -> None:
    frames = shapes(1).astype(np.float64)
    frames[0, 3, 4] = np.nan

    assert distance(encode(frames), encode(shapes(1))) <= 1


@pytest.mark.parametrize("shape", [(4, 4), (1, 0, 4), (0, 4, 4), (1, 1, 1, 1, 1)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="frames are"):
        encode(np.zeros(shape))


@given(
    arrays(st.sampled_from([np.uint8, np.int8, np.uint16, np.int16]), array_shapes(min_dims=2, max_dims=2, max_side=40))
)
def test_counting_gives_the_very_percentiles_that_sorting_gives(frame: np.ndarray) -> None:
    low, high = np.percentile(frame.astype(np.float64), (1.0, 99.0))

    assert _range(frame) == (low, high)
