"""A perceptual hash: 64 bits that stay when an image is scaled, re-windowed, inverted or stored with other bits.

The middle frame is clipped to its percentiles, averaged down to 32 x 32, turned so that its border is the dark side,
and transformed (DCT-II); a bit says whether one of the 64 low frequencies lies above their median.
"""

import hashlib
import json
from functools import lru_cache

import numpy as np

from obia import EncoderIdentity

_SIDE = 32
_BLOCK = slice(1, 9)  # the zeroth row and column of frequencies carry brightness, not shape
_BITS = 64
_PERCENTILES = (1.0, 99.0)
_SAMPLES = 256  # the percentiles are taken from about 256 x 256 of a frame's pixels
_BAND = 1 << 15  # pixels that are averaged at once
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_DECIMALS = 9
_MODEL = json.dumps(
    ["dct-ii, median, dark border", 1, _SIDE, [1, 9], _BITS, _PERCENTILES, _SAMPLES, _LUMA, _DECIMALS],
)


class PerceptualHash:
    """The encoder `phash64`."""

    name = "phash64"

    @property
    def identity(self) -> EncoderIdentity:
        """Its model is its parameters: other parameters, other codes."""
        digest = hashlib.sha256(_MODEL.encode()).hexdigest()
        return EncoderIdentity("phash", digest, "numpy", "float64", _BITS)

    def encode(self, frames: np.ndarray) -> bytes:
        """Return the 8 bytes of (frames, rows, columns[, samples]). Raises ValueError for another shape, or nothing."""
        if frames.ndim not in (3, 4) or 0 in frames.shape:
            raise ValueError("frames are (frames, rows, columns[, samples]), none of them empty")
        small = _upright(_shrink(frames[len(frames) // 2]))
        # Rounding makes symmetric and flat images, whose frequencies are 0 but for noise, equal on every machine.
        frequencies = np.round(_DCT @ small @ _DCT.T, _DECIMALS)[_BLOCK, _BLOCK].ravel()
        return np.packbits(frequencies > np.median(frequencies)).tobytes()


def _shrink(frame: np.ndarray) -> np.ndarray:
    """Average a frame over the cells of a 32 x 32 grid, some rows of cells at a time, so that memory stays flat."""
    low, high = _range(frame)
    if high <= low:
        return np.zeros((_SIDE, _SIDE))
    over_columns = _cells(frame.shape[1]).T
    bands = []
    for weights, rows in _bands(*frame.shape[:2]):
        band = _grey(frame[rows])
        np.clip(band, low, high, out=band)
        bands.append((weights @ band) @ over_columns)
    return (np.concatenate(bands) - low) / (high - low)


def _range(frame: np.ndarray) -> tuple[float, float]:
    rows, columns = (max(1, side // _SAMPLES) for side in frame.shape[:2])
    samples = frame[::rows, ::columns]
    if samples.ndim == 2 and samples.dtype.kind in "iu" and samples.dtype.itemsize <= 2:
        low, high = _counted(samples)
    else:
        low, high = np.percentile(_grey(samples), _PERCENTILES)
    return float(low), float(high)


def _counted(samples: np.ndarray) -> tuple[float, float]:
    """What `np.percentile` gives of integers of up to 16 bits, by counting them: several times as fast as sorting."""
    least = int(samples.min())
    up_to = np.cumsum(np.bincount(samples.ravel().astype(np.int64) - least))
    places = np.array(_PERCENTILES) / 100 * (samples.size - 1)
    below, above = (np.searchsorted(up_to, kind(places), side="right") + least for kind in (np.floor, np.ceil))
    part = places - np.floor(places)
    # as numpy rounds it: from the nearer of the two
    found = np.where(part < 0.5, below + (above - below) * part, above - (above - below) * (1 - part))
    return float(found[0]), float(found[1])


def _grey(pixels: np.ndarray) -> np.ndarray:
    grey = pixels.astype(np.float64)
    if pixels.ndim == 3:
        grey = grey[..., :3] @ np.array(_LUMA) if pixels.shape[2] >= 3 else grey[..., 0]
    return grey if pixels.dtype.kind in "biu" else np.nan_to_num(grey, copy=False)


@lru_cache(4)
def _bands(rows: int, columns: int) -> list[tuple[np.ndarray, slice]]:
    """A frame's rows, so many at once as are averaged together: their weights in some cells, and which they are."""
    weights, count = _cells(rows), max(1, _BAND * _SIDE // (rows * columns))
    some = [weights[begin : begin + count] for begin in range(0, _SIDE, count)]
    found = [np.flatnonzero(each.any(axis=0)) for each in some]
    return [(each[:, at], slice(at[0], at[-1] + 1)) for each, at in zip(some, found, strict=True)]


@lru_cache(4)
def _cells(length: int) -> np.ndarray:
    """How much each of `length` pixels weighs in each of 32 equal cells; a row of weights sums to 1."""
    edges = np.linspace(0, length, _SIDE + 1)
    left, right = edges[:-1, None], edges[1:, None]
    pixels = np.arange(length)[None, :]
    overlap = np.clip(np.minimum(right, pixels + 1) - np.maximum(left, pixels), 0, None)
    weights: np.ndarray = overlap / overlap.sum(axis=1, keepdims=True)
    return weights


def _upright(small: np.ndarray) -> np.ndarray:
    """Invert what is brighter at its border than within: MONOCHROME1 and MONOCHROME2 of one picture become one."""
    border = np.concatenate([small[0], small[-1], small[1:-1, 0], small[1:-1, -1]])
    return 1.0 - small if border.mean() > small.mean() else small


def _dct() -> np.ndarray:
    """The orthogonal matrix of the 32-point DCT-II."""
    k, n = np.meshgrid(np.arange(_SIDE), np.arange(_SIDE), indexing="ij")
    matrix: np.ndarray = np.cos(np.pi * k * (2 * n + 1) / (2 * _SIDE)) * np.sqrt(2 / _SIDE)
    matrix[0] /= np.sqrt(2)
    return matrix


_DCT = _dct()
