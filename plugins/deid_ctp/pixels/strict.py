"""Strict blanking of native pixels: byte by byte what CTP writes, its slips included.

CTP goes through the rows of the stream and overwrites `last - first + 1` pixels of each, in bytes, whatever they hold.
YBR_FULL of interleaved samples gets the four bytes that two pixels of YBR_FULL_422 take, at every second pixel.
"""

import numpy as np

from obia.plugins.deid_ctp.pixels.picture import NoPicture, Picture
from obia.plugins.deid_ctp.pixels.regions import Region

_MONOCHROME_1 = {1: 0xFF, 2: 0x0F}  # by bytes of a pixel
_TEST = {1: 0x7F, 2: 0x08}
_LUMA, _CHROMA, _PLANE_CHROMA, _TEST_LUMA = 0, 128, 127, 128


def blank(pixels: bytearray, picture: Picture, regions: tuple[Region, ...], is_test: bool) -> None:
    """Blank regions in place, as CTP does. Raises NoPicture where there are fewer pixels than the header says."""
    width, planes = picture.allocated // 8, 1
    is_pairwise = picture.samples == 3 and picture.photometric.startswith("YBR") and not picture.is_planar
    if picture.is_planar:
        planes = picture.samples
    row = picture.columns * width * (2 if is_pairwise and picture.is_subsampled else picture.samples // planes)
    needed = row * picture.rows * planes * picture.frames
    if needed > len(pixels):
        raise NoPicture("its pixels are shorter than its header says")
    if not needed:
        return  # bits that share a byte: CTP counts no byte for them
    image = np.frombuffer(pixels, np.uint8, needed).reshape(picture.frames, planes, picture.rows, row)
    for region in regions:
        left, top, right, bottom = region.clamp(picture.columns, picture.rows)
        if left <= right and top <= bottom:
            lines = image[:, :, top : bottom + 1]
            if is_pairwise:
                _blank_pairs(lines, picture, left, right, is_test)
            else:
                _blank_lines(lines, picture, left, right, is_test)


def _blank_pairs(lines: np.ndarray, picture: Picture, left: int, right: int, is_test: bool) -> None:
    """Two pixels at a time from an even column on; the last one of an odd number is left out."""
    pixel = 2 if picture.is_subsampled else picture.samples
    luma = _TEST_LUMA if is_test else _LUMA
    for column in range(left & ~1, right, 2):
        at = column * pixel
        lines[..., at : at + 4] = np.array((luma, luma, _CHROMA, _CHROMA), np.uint8)[: lines.shape[-1] - at]


def _blank_lines(lines: np.ndarray, picture: Picture, left: int, right: int, is_test: bool) -> None:
    width = picture.allocated // 8
    pixel = width * (1 if picture.is_planar else picture.samples)
    target = lines[..., left * pixel : (right + 1) * pixel]
    if is_test:
        target[...] = _TEST.get(width, 0x08)
    elif picture.photometric == "MONOCHROME1":
        target[...] = _MONOCHROME_1.get(width, 0x0F)
    else:
        target[...] = 0
        if picture.is_planar and picture.photometric.startswith("YBR"):
            target[:, 1:] = _PLANE_CHROMA
