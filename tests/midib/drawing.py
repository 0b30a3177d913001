"""Drawing: text burned into pixels, in a box that is known, ink on paper; what was compressed is so again."""

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from tests.midib.headers import PIXELS
from tests.midib.pictures import frames

Box = tuple[int, int, int, int]  # x, y, width, height
_CORNER = (4, 4)
_MARGIN = 2  # pixels of paper around the ink


def burn(dataset: FileDataset, text: str) -> tuple[Box, str]:
    """Draw a text into a picture of one frame; return its box, and its ink as bits in hexadecimal."""
    ink = _ink(text)
    height, width = ink.shape
    x, y = _CORNER
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    picture = frames(dataset).copy()
    assert y + height <= dataset.Rows and x + width <= dataset.Columns, "the picture is too small for the text"
    drawn = np.where(ink, white(dataset), 0).astype(picture.dtype)
    picture[y : y + height, x : x + width] = drawn if picture.ndim == 2 else drawn[:, :, None]
    _put(dataset, picture, syntax)
    return (x, y, width, height), np.packbits(ink).tobytes().hex()


def white(dataset: FileDataset) -> int:
    """The highest value that a picture has room for."""
    return int(2 ** (dataset.BitsStored - dataset.PixelRepresentation) - 1)


def _put(dataset: FileDataset, picture: np.ndarray[Any, Any], syntax: UID) -> None:
    if syntax == JPEGBaseline8Bit:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=95)
        dataset.PixelData = encapsulate([stream.getvalue()])
        dataset.PhotometricInterpretation = "YBR_FULL_422"
    elif syntax in (RLELossless, JPEG2000Lossless) or syntax.is_encapsulated:
        to = RLELossless if syntax == RLELossless else JPEG2000Lossless
        dataset.compress(to, picture, encoding_plugin="pylibjpeg", generate_instance_uid=False)
    else:
        dataset.PixelData = picture.astype(picture.dtype.newbyteorder("<")).tobytes()
    dataset[PIXELS].is_undefined_length = syntax.is_encapsulated


def _ink(text: str) -> np.ndarray[Any, Any]:
    """The text as black and white."""
    font = ImageFont.load_default()
    left, top, right, bottom = font.getbbox(text)
    size = (int(right - left) + 2 * _MARGIN, int(bottom - top) + 2 * _MARGIN)
    picture = Image.new("1", size)
    ImageDraw.Draw(picture).text((_MARGIN - left, _MARGIN - top), text, fill=1, font=font)
    return np.asarray(picture)
