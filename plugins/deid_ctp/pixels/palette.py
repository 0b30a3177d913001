"""Palettes: what each value of a PALETTE COLOR pixel shows as, its tables discrete or segmented."""

import numpy as np

from obia.plugins.deid_ctp.dicom.element_index import Anatomy
from obia.plugins.deid_ctp.pixels.picture import NoPicture, Picture

_RED_DESCRIPTOR, _RED, _SEGMENTED_RED = 0x00281101, 0x00281201, 0x00281221


def colours(picture: Picture, anatomy: Anatomy) -> np.ndarray:
    """Red, green and blue of every value that a pixel's bits can say, the lowest first. Raises NoPicture."""
    if picture.stored > 16:
        raise NoPicture("its palette is larger than any")
    try:
        return np.stack([_channel(picture, anatomy, channel) for channel in range(3)], axis=-1)
    except (IndexError, ValueError):
        raise NoPicture("its palette cannot be read") from None


def _channel(picture: Picture, anatomy: Anatomy, channel: int) -> np.ndarray:
    """One colour of every value; values beyond the table take its first or last entry (PS3.3 C.7.6.3.1.5)."""
    count, first, bits = _descriptor(picture, anatomy.value(_RED_DESCRIPTOR + channel), anatomy.is_little)
    table = anatomy.value(_RED + channel)
    entries = (
        _discrete(table, count, anatomy.is_little)
        if table
        else _segmented(_words(anatomy.value(_SEGMENTED_RED + channel), bits, anatomy.is_little), count)
    )
    values = np.arange(picture.lowest, picture.highest + 1)
    return entries.astype(np.int64)[np.clip(values - first, 0, len(entries) - 1)]


def _descriptor(picture: Picture, value: bytes, is_little: bool) -> tuple[int, int, int]:
    count, first, bits = np.frombuffer(value[:6], "<u2" if is_little else ">u2").tolist()
    return count or 1 << 16, first - (1 << 16) * (picture.is_signed and first >= 1 << 15), bits


def _discrete(table: bytes, count: int, is_little: bool) -> np.ndarray:
    """Read entries of 16 bits, or of 8 where the table holds as many bytes as entries."""
    if len(table) < 2 * count:
        return np.frombuffer(table, np.uint8, count)
    return _words(table, 16, is_little)[:count]


def _words(table: bytes, bits: int, is_little: bool) -> np.ndarray:
    if bits <= 8:
        return np.frombuffer(table, np.uint8)
    return np.frombuffer(table[: len(table) & ~1], "<u2" if is_little else ">u2")


def _segmented(words: np.ndarray, count: int) -> np.ndarray:
    """Expand a segmented table (PS3.3 C.7.9.2), up to so many entries."""
    values, entries, at = words.tolist(), list[int](), 0
    while at < len(values) and len(entries) < count:
        at = _segment(values, at, entries, count)
    if not entries:
        raise ValueError
    return np.array(entries[:count])


def _segment(values: list[int], at: int, entries: list[int], count: int) -> int:
    """Expand one segment; return where the next begins."""
    kind, length = values[at], values[at + 1]
    if kind == 0:
        entries += values[at + 2 : at + 2 + length]
        return at + 2 + length
    if kind == 1:
        start, end = entries[-1], values[at + 2]
        entries += np.rint(np.linspace(start, end, length + 1)[1:]).astype(int).tolist()
        return at + 3
    if kind != 2:
        raise ValueError
    target = values[at + 2] + (values[at + 3] << 16)
    for _ in range(length):
        if len(entries) >= count or values[target] == 2:  # an indirect segment points at none of its kind
            break
        target = _segment(values, target, entries, count)
    return at + 4
