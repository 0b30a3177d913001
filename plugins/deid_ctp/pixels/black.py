"""Black: the sample values that show as black, or as a middle grey, under a photometric interpretation."""

import numpy as np

from obia.plugins.deid_ctp.dicom.element_index import Anatomy
from obia.plugins.deid_ctp.pixels.palette import colours
from obia.plugins.deid_ctp.pixels.picture import NoPicture, Picture

_MOST_BITS = 64
_DARK = {  # sample values as fractions of the highest: black, PS3.3 C.7.6.3.1.2
    "RGB": (0, 0, 0),
    "YBR_RCT": (0, 0, 0),  # their frames are decoded to RGB
    "YBR_ICT": (0, 0, 0),
    "HSV": (0, 0, 0),
    "ARGB": (0, 0, 0, 0),
    "CMYK": (1, 1, 1, 1),
}


def fill(picture: Picture, anatomy: Anatomy, is_test: bool) -> tuple[int, ...]:
    """One value for each sample. Raises NoPicture for an interpretation that nobody defines."""
    if not 0 < picture.stored <= picture.allocated <= _MOST_BITS:
        raise NoPicture("its header stores more bits than it allocates")
    kind, middle = picture.photometric, (picture.lowest + picture.highest + 1) // 2
    if kind == "PALETTE COLOR" and picture.samples == 1:
        return (_palette(picture, anatomy, is_test),)
    if kind in ("MONOCHROME1", "MONOCHROME2") and picture.samples == 1:
        black = picture.highest if kind == "MONOCHROME1" else picture.lowest
        return (middle if is_test else black,)
    if kind in ("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420") and picture.samples == 3:
        dark = (1 << picture.stored) // 16 if kind.startswith("YBR_PARTIAL") else 0
        return (middle if is_test else dark, middle, middle)
    shares = _DARK.get(kind)
    if shares is None or len(shares) != picture.samples:
        raise NoPicture("its photometric interpretation is none that has a known black")
    return tuple(middle if is_test else share * picture.highest for share in shares)


def _palette(picture: Picture, anatomy: Anatomy, is_test: bool) -> int:
    """The index whose colour is the darkest, or for a test the one nearest to middle grey."""
    shown = colours(picture, anatomy)
    target = (int(shown.max()) + 1) // 2 if is_test else 0
    return picture.lowest + int(np.abs(shown - target).sum(axis=-1).argmin())
