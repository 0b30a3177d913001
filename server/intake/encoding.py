"""Writing a clean instance: a blank preamble, our meta, the clean header, the pixel element byte for byte."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID

from obia.schema.errors import Code, Rejected
from obia.schema.values import Clean, Pixels

_PREAMBLE = bytes(128) + b"DICM"
_CHUNK = 1 << 20


@dataclass(slots=True)
class Written:
    """What was written: SHA-256 in hexadecimal, and size in bytes."""

    digest: str
    size: int


def write(clean: Clean, target: BinaryIO) -> Written:
    """Write a clean instance as a DICOM file (PS3.10), in the transfer syntax it came in."""
    head = _PREAMBLE + _meta(clean) + encode_header(clean.header, clean.meta.TransferSyntaxUID)
    digest, size = hashlib.sha256(head), len(head)
    target.write(head)
    if clean.pixels is not None:
        for chunk in _element(clean.pixels):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Written(digest.hexdigest(), size)


def encode_header(header: Dataset, transfer_syntax: UID) -> bytes:
    """A header's bytes in a transfer syntax."""
    buffer = DicomBytesIO()
    buffer.is_little_endian = transfer_syntax.is_little_endian
    buffer.is_implicit_VR = transfer_syntax.is_implicit_VR
    write_dataset(buffer, header)
    return buffer.getvalue()


def _meta(clean: Clean) -> bytes:
    buffer = DicomBytesIO()
    write_file_meta_info(buffer, clean.meta, enforce_standard=True)
    return buffer.getvalue()


def _element(pixels: Pixels) -> Iterator[bytes]:
    """The pixel element, tag and length included, a mebibyte at a time."""
    with pixels.opener() as stream:
        stream.seek(pixels.offset)
        left = pixels.length
        while left:
            chunk = stream.read(min(_CHUNK, left))
            if not chunk:
                raise Rejected("the pixels are shorter than they were", Code.TRUNCATED)
            left -= len(chunk)
            yield chunk
