"""Pixel elements for tests of codestreams: real and made ones, taken apart into frames and put together again."""

import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from struct import pack, unpack_from
from typing import Any, BinaryIO

import numpy as np
import pydicom
from pydicom.uid import UID

from obia import Original, Pixels, Rejected
from obia.plugins.deid_ctp.codestreams.element import cleaned
from obia.server.intake.reading import read
from obia.server.pixels import decode

PACKAGES = Path(pydicom.__file__).parent.parent
FOLDERS = ("pydicom/data", "data_store/data", "deid_data")
SAMPLES = {
    "JPEG Baseline": "pydicom/data/test_files/SC_rgb_jpeg_dcmtk.dcm",
    "JPEG Extended": "pydicom/data/test_files/JPEG-lossy.dcm",
    "JPEG Lossless": "pydicom/data/test_files/SC_rgb_jpeg_gdcm.dcm",
    "JPEG-LS": "pydicom/data/test_files/MR_small_jpeg_ls_lossless.dcm",
    "JPEG-LS colour": "pydicom/data/test_files/SC_rgb_jls_lossy_line.dcm",
    "JPEG 2000": "pydicom/data/test_files/MR_small_jp2klossless.dcm",
    "JPEG 2000 frames": "data_store/data/emri_small_jpeg_2k_lossless.dcm",
    "RLE": "pydicom/data/test_files/SC_rgb_rle_2frame.dcm",
    "RLE 16 bits": "pydicom/data/test_files/MR_small_RLE.dcm",
}
ITEM, DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0\0\0\0\0"
HEAD = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff"


@cache
def sample(name: str) -> Original:
    """A real file of pydicom's."""
    return read(PACKAGES / SAMPLES[name], "intake", "OBIA0001")


def compressed() -> Iterator[Path]:
    """Every packaged file whose pixels are encapsulated."""
    for folder in FOLDERS:
        for path in sorted((PACKAGES / folder).rglob("*")):
            try:
                original = read(path, "intake", "OBIA0001")
            except Rejected:
                continue
            if original.pixels is not None and original.pixels.is_encapsulated:
                yield path


def whole(pixels: Pixels) -> bytes:
    """The element's bytes, tag and length included."""
    with pixels.opener() as stream:
        stream.seek(pixels.offset)
        return stream.read(pixels.length)


def items(element: bytes) -> list[bytes]:
    """The items of an encapsulated element of explicit VR, the offset table first."""
    found, at = [], 12
    while element[at : at + 4] == ITEM:
        (length,) = unpack_from("<L", element, at + 4)
        found.append(element[at + 8 : at + 8 + length])
        at += 8 + length
    assert element[at:] == DELIMITER
    return found


def frames(original: Original) -> list[bytes]:
    """The fragments of an original; of our samples each is a frame."""
    assert original.pixels is not None
    return items(whole(original.pixels))[1:]


def element(fragments: Sequence[bytes], table: bytes = b"", head: bytes = HEAD, delimiter: bytes = DELIMITER) -> bytes:
    """An encapsulated element of these fragments, padded with a zero where they are odd."""
    even = [table, *(each + bytes(len(each) % 2) for each in fragments)]
    return head + b"".join(ITEM + pack("<L", len(each)) + each for each in even) + delimiter


def pixels(element: bytes, head: int = 12, *, is_encapsulated: bool = True, tag: int = 0x7FE00010) -> Pixels:
    """An element somewhere in a file."""
    before = b"before it"

    def opener() -> BinaryIO:
        return io.BytesIO(before + element + b"behind it")

    start = len(before)
    length = len(element)
    return Pixels(opener, tag, start, length, start + head, length - head, is_encapsulated)


def with_pixels(original: Original, changed: bytes) -> Original:
    """An original with another pixel element."""
    return replace(original, pixels=pixels(changed))


def clean(original: Original) -> Pixels:
    """Its pixels, clean."""
    assert original.pixels is not None
    return cleaned(original.pixels, original.header, UID(original.kind.transfer_syntax))


def decoded(original: Original, found: Pixels | None = None) -> "np.ndarray[Any, Any] | str":
    """What decoding gives: frames, or the code of a refusal."""
    found = found or original.pixels
    assert found is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return decode(original.meta, original.header, found)
        except Rejected as refusal:
            return str(refusal.code)


def is_same(one: "np.ndarray[Any, Any] | str", other: "np.ndarray[Any, Any] | str") -> bool:
    """Whether two decodings are equal."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and one == other
    return np.array_equal(one, other)
