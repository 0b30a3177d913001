"""Bombs: small files that take much memory where they are believed, and large ones that are held whole."""

import zlib
from collections.abc import Callable
from io import BytesIO
from struct import pack

import numpy as np
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from tests import bad_input, make

MiB = 1 << 20
_SIDE = 16_000


def bombs() -> dict[str, Callable[[], bytes]]:
    """Every bomb by its name."""
    return {
        "deflated zeros": _deflated,
        "deflated element of 60 MiB": lambda: _deflated_element(60 * MiB),
        "2,000 RLE frames of zeros": lambda: rle(2_000, 512),
        "an RLE frame of 488 MiB": lambda: rle(1, _SIDE),
        "a JPEG frame of 244 MiB": lambda: coded(make.JPEG, "JPEG", _SIDE),
        "a JPEG 2000 frame of 244 MiB": lambda: coded(make.J2K, "JPEG2000", _SIDE),
        "a private element of 63 MiB": lambda: element(63 * MiB),
        "a native frame of 244 MiB": _native,
        "frames of 3,000 small JPEGs": lambda: _jpegs(3_000),
    }


def _deflated() -> bytes:
    whole = make.data(bad_input.good(), make.DEFLATED)
    return whole[: whole.index(b"1.2.840.10008.1.2.1.99") + 22] + _raw_deflate(bytes(128 * MiB))


def _deflated_element(size: int) -> bytes:
    whole = make.data(bad_input.good(), make.EXPLICIT)
    head = make.data(bad_input.good(), make.DEFLATED)
    head = head[: head.index(b"1.2.840.10008.1.2.1.99") + 22]
    body = whole[whole.index(b"\x08\0\x05\0CS") :]
    at = body.index(bad_input.PIXELS)
    private = b"\x29\0\x10\0LO\4\0ACME" + b"\x29\0\x10\x10OB\0\0" + pack("<L", size) + bytes(size)
    return head + _raw_deflate(body[:at] + private + body[at:])


def element(size: int) -> bytes:
    """A file with a private element of this size."""
    whole = make.data(bad_input.good())
    at = whole.index(bad_input.PIXELS)
    private = b"\x29\0\x10\0LO\4\0ACME" + b"\x29\0\x10\x10OB\0\0" + pack("<L", size) + bytes(size)
    return whole[:at] + private + whole[at:]


def _raw_deflate(content: bytes) -> bytes:
    engine = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    return engine.compress(content) + engine.flush()


def _sized(side: int, frames: int, bits: int) -> Dataset:
    dataset = bad_input.good(NumberOfFrames=frames)
    dataset.Rows = dataset.Columns = side
    dataset.BitsAllocated = bits
    dataset.BitsStored, dataset.HighBit = min(bits, 12), min(bits, 12) - 1
    return dataset


def rle(frames: int, side: int) -> bytes:
    """An RLE file: frames of zeros with 16 bits: two segments of replicated runs each."""
    count = -(-side * side // 128)
    segment = b"\x81\0" * count
    segment += b"\0" * (len(segment) % 2)
    frame = pack("<16L", 2, 64, 64 + len(segment), *[0] * 13) + segment * 2
    return _encapsulated(_sized(side, frames, 16), [frame] * frames, make.RLE)


def coded(syntax: UID, codec: str, side: int) -> bytes:
    """A file of one compressed frame of zeros."""
    Image.MAX_IMAGE_PIXELS = None
    buffer = BytesIO()
    Image.fromarray(np.zeros((side, side), np.uint8)).save(buffer, codec)
    frame = buffer.getvalue()
    if codec == "JPEG2000":
        frame = frame[frame.index(b"\xff\x4f\xff\x51") :]
    return _encapsulated(_sized(side, 1, 8), [frame], syntax)


def _jpegs(frames: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.zeros((512, 512), np.uint8)).save(buffer, "JPEG")
    return _encapsulated(_sized(512, frames, 8), [buffer.getvalue()] * frames, make.JPEG)


def _encapsulated(dataset: Dataset, frames: list[bytes], syntax: UID) -> bytes:
    whole = make.data(bad_input.good(), make.RLE)
    model = dcmread(BytesIO(whole))
    model.update({each.tag: each for each in dataset if each.tag.group == 0x28})
    model.PixelData = encapsulate(frames)
    model.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    model.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _native() -> bytes:
    dataset = _sized(_SIDE, 1, 8)
    dataset.PixelData = bytes(_SIDE * _SIDE)
    return make.data(dataset)
