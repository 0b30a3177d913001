"""Images for tests of redaction: real ones of pydicom's, and made ones read back by decoders that are not ours."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PIL import Image
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import JPEG2000TransferSyntaxes, JPEGBaseline8Bit

from tests import make


@dataclass(frozen=True)
class Seen:
    """What a reader sees of a file."""

    header: Dataset
    pixels: np.ndarray

    def inside(self, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        """The samples of a box, both edges counted in."""
        return self.pixels[:, top : bottom + 1, left : right + 1]


def real(name: str) -> bytes:
    """A file of pydicom's own."""
    path = get_testdata_file(name)
    assert isinstance(path, str)
    return Path(path).read_bytes()


def see(file: bytes | None) -> Seen:
    """Read a file's header and decode its stored samples: frames, rows, columns, samples."""
    assert file is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = pydicom.dcmread(io.BytesIO(file), force=True)
        syntax = header.file_meta.TransferSyntaxUID
        plugin = "pylibjpeg" if syntax in JPEG2000TransferSyntaxes else ""
        array, _ = get_decoder(syntax).as_array(header, raw=True, decoding_plugin=plugin)
    frames = int(header.get("NumberOfFrames", 1) or 1)
    return Seen(header, array.reshape(frames, header.Rows, header.Columns, -1))


def changed(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int] | None:
    """The box of what differs: left, top, right, bottom, the edges counted in; None where nothing does."""
    places = np.argwhere((before != after).any(axis=(0, 3)))
    if not len(places):
        return None
    (top, left), (bottom, right) = places.min(0), places.max(0)
    return int(left), int(top), int(right), int(bottom)


def jpeg_file(streams: Sequence[bytes], **elements: object) -> bytes:
    """A JPEG Baseline file of these streams, one for each frame."""
    picture = Image.open(io.BytesIO(streams[0]))
    samples = len(picture.getbands())
    shape = (len(streams), picture.height, picture.width, samples)[: 4 if samples > 1 else 3]
    dataset = make.image(np.zeros(shape, "u1"))
    dataset.add_new("PixelData", "OB", encapsulate(list(streams)))
    dataset["PixelData"].is_undefined_length = True
    dataset.PhotometricInterpretation = "YBR_FULL" if samples == 3 else "MONOCHROME2"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    return make.data(dataset)


def streams_of(file: bytes | None) -> list[bytes]:
    """The compressed frames of a file."""
    assert file is not None
    header = pydicom.dcmread(io.BytesIO(file), force=True)
    return list(generate_frames(header.PixelData, number_of_frames=int(header.get("NumberOfFrames", 1))))


def photograph(rows: int = 96, columns: int = 128, seed: int = 0) -> np.ndarray:
    """A noisy slope in three colours, so that no block is like another."""
    slope = np.add.outer(np.arange(rows) / 3, np.arange(columns) / 4)[..., None] % 90 + (40, 70, 100)
    noise = np.random.default_rng(seed).normal(0, 12, (rows, columns, 3))
    return np.asarray((slope + noise).clip(0, 255), "u1")


def jpeg(picture: np.ndarray, mode: str = "RGB", **options: Any) -> bytes:
    """Encode as JPEG by Pillow."""
    stream = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(stream, "JPEG", **options)
    return stream.getvalue()


def decoded(stream: bytes) -> np.ndarray:
    """Decode JPEG by Pillow, without any change of colours: rows, columns, samples."""
    picture = Image.open(io.BytesIO(stream))
    if len(picture.getbands()) == 3:
        picture.draft("YCbCr", picture.size)
    array = np.asarray(picture).astype(int)
    return array if array.ndim == 3 else array[..., None]
