"""Native pixels blanked in their true black, for every bit depth and byte order."""

import numpy as np

from obia.plugins.deid_ctp.pixels.picture import NoPicture, Picture

Box = tuple[int, int, int, int]
_ORDER = {True: "<", False: ">"}


def blank(
    pixels: bytearray, picture: Picture, boxes: list[Box], fill: tuple[int, ...], is_little: bool, is_words: bool
) -> None:
    """Blank boxes of every frame in place; `is_words` says that 8 bits or fewer lie in 16-bit words (OW).

    Raises NoPicture where there are fewer pixels than the header says, or bits that share bytes.
    """
    if picture.allocated == 1:
        _blank_bits(pixels, picture, boxes, fill[0] & 1, not is_little and is_words)
    elif picture.allocated in (8, 16, 32, 64):
        if picture.allocated == 8 and is_words and not is_little:
            _swap(pixels)
        _blank_samples(pixels, picture, boxes, fill, is_little)
        if picture.allocated == 8 and is_words and not is_little:
            _swap(pixels)
    else:
        raise NoPicture("its bits do not fill bytes")


def _blank_samples(
    pixels: bytearray, picture: Picture, boxes: list[Box], fill: tuple[int, ...], is_little: bool
) -> None:
    kind = np.dtype(f"{_ORDER[is_little]}{'i' if picture.is_signed else 'u'}{picture.allocated // 8}")
    if picture.is_subsampled:
        _blank_pairs(_array(pixels, kind, (picture.frames, picture.rows, -(-picture.columns // 2), 4)), boxes, fill)
        return
    if picture.is_planar:
        shape = (picture.frames, picture.samples, picture.rows, picture.columns)
        blank_array(np.moveaxis(_array(pixels, kind, shape), 1, -1), boxes, fill)
        return
    blank_array(_array(pixels, kind, (picture.frames, picture.rows, picture.columns, picture.samples)), boxes, fill)


def blank_array(frames: np.ndarray, boxes: list[Box], fill: tuple[int, ...]) -> None:
    """Blank boxes of an array whose last three axes are rows, columns and samples."""
    for left, top, right, bottom in boxes:
        frames[..., top:bottom, left:right, :] = np.array(fill).astype(frames.dtype)


def _blank_pairs(frames: np.ndarray, boxes: list[Box], fill: tuple[int, ...]) -> None:
    """Blank every pair of pixels that a box touches: two lumas and the colours that they share."""
    luma, blue, red = fill
    for left, top, right, bottom in boxes:
        frames[:, top:bottom, left // 2 : -(-right // 2)] = (luma, luma, blue, red)


def _blank_bits(pixels: bytearray, picture: Picture, boxes: list[Box], bit: int, is_swapped: bool) -> None:
    """Blank single bits, packed from the lowest on, without padding between rows or frames (PS3.5 D.1)."""
    if picture.samples != 1 or picture.frames * picture.rows * picture.columns > 8 * len(pixels):
        raise NoPicture("its pixels are shorter than its header says")
    if is_swapped:
        _swap(pixels)
    for frame in range(picture.frames):
        for left, top, right, bottom in boxes:
            for row in range(top, bottom):
                start = (frame * picture.rows + row) * picture.columns
                _set_bits(pixels, start + left, start + right, bit)
    if is_swapped:
        _swap(pixels)


def _set_bits(pixels: bytearray, begin: int, end: int, bit: int) -> None:
    first, last = begin // 8, -(-end // 8)
    bits = np.unpackbits(np.frombuffer(pixels, np.uint8, last - first, first), bitorder="little")
    bits[begin - 8 * first : end - 8 * first] = bit
    pixels[first:last] = np.packbits(bits, bitorder="little").tobytes()


def _array(pixels: bytearray, kind: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    count = int(np.prod(shape, dtype=np.int64))
    if count * kind.itemsize > len(pixels):
        raise NoPicture("its pixels are shorter than its header says")
    return np.frombuffer(pixels, kind, count).reshape(shape)


def _swap(pixels: bytearray) -> None:
    words = np.frombuffer(pixels, "<u2", len(pixels) // 2)
    words[...] = words.byteswap()
