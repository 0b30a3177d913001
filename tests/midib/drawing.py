"""Drawing: text burned into native pixels, in a box that is known, ink on paper."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset

Box = tuple[int, int, int, int]  # x, y, width, height
_CORNER = (4, 4)
_MARGIN = 2  # pixels of paper around the ink


def burn(dataset: Dataset, text: str) -> tuple[Box, str]:
    """Draw a text into the first frame of a native image; return its box, and its ink as bits in hexadecimal."""
    ink = _ink(text)
    height, width = ink.shape
    x, y = _CORNER
    kind = np.dtype(f"<u{dataset.BitsAllocated // 8}").newbyteorder("<")
    pixels = np.frombuffer(dataset.PixelData, kind).copy()
    samples = dataset.SamplesPerPixel
    count = dataset.Rows * dataset.Columns * samples
    assert dataset.get("PlanarConfiguration", 0) == 0 or samples == 1
    frame = pixels[:count].reshape(dataset.Rows, dataset.Columns, samples)
    assert x + width <= dataset.Columns and y + height <= dataset.Rows, "the image is too small for the text"
    white = 2**dataset.BitsStored - 1 if not dataset.PixelRepresentation else 2 ** (dataset.BitsStored - 1) - 1
    frame[y : y + height, x : x + width] = np.where(ink, white, 0)[:, :, None].astype(kind)
    dataset.PixelData = pixels.tobytes()
    return (x, y, width, height), np.packbits(ink).tobytes().hex()


def _ink(text: str) -> np.ndarray:
    """The text as black and white."""
    font = ImageFont.load_default()
    left, top, right, bottom = font.getbbox(text)
    size = (int(right - left) + 2 * _MARGIN, int(bottom - top) + 2 * _MARGIN)
    picture = Image.new("1", size)
    ImageDraw.Draw(picture).text((_MARGIN - left, _MARGIN - top), text, fill=1, font=font)
    return np.asarray(picture)
