"""Synthetic DICOM for tests: every value is made up, every file is small.

`make.image(...)` builds a dataset, `make.data(dataset, syntax)` its bytes, `make.file(path, dataset, syntax)` a file.
"""

import hashlib
import io
from copy import deepcopy
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

IMPLICIT = ImplicitVRLittleEndian
EXPLICIT = ExplicitVRLittleEndian
BIG = ExplicitVRBigEndian
DEFLATED = DeflatedExplicitVRLittleEndian
RLE = RLELossless
J2K = JPEG2000Lossless
JPEG = JPEGBaseline8Bit

NATIVE = (IMPLICIT, EXPLICIT, BIG, DEFLATED)
COMPRESSED = (RLE, J2K)  # lossless ones, so that twins hold the same pixels

_numbers = count(1)


def uid(*parts: object) -> UID:
    """A valid UID, the same for the same parts; without parts, a new one."""
    text = "/".join(map(str, parts)) if parts else f"new/{next(_numbers)}"
    return UID("2.25." + str(int(hashlib.sha256(text.encode()).hexdigest()[:30], 16)))


def array(
    rows: int = 36, columns: int = 32, frames: int = 1, samples: int = 1, bits: int = 16, seed: int = 0
) -> np.ndarray:
    """Random pixels (frames, rows, columns[, samples]) of 8, 16 or 32 bits, the same for the same seed.

    No side is below 32: JPEG 2000 halves an image five times.
    """
    shape = (frames, rows, columns) if samples == 1 else (frames, rows, columns, samples)
    top = 2 ** min(bits, 12)  # most scanners store 12 bits; every encoder takes them
    return np.random.default_rng(seed).integers(0, top, shape).astype(f"<u{bits // 8}")


def header(**elements: object) -> Dataset:
    """A dataset of one patient, study and series without pixels; keywords set elements, None removes one.

    Patient, study and series stay the same from call to call, the SOP Instance UID is a new one each time.
    """
    dataset = Dataset()
    defaults: dict[str, object] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": uid(),
        "StudyDate": "20200131",
        "SeriesDate": "20200131",
        "StudyTime": "101112",
        "AccessionNumber": "ACC-4711",
        "Modality": "CT",
        "Manufacturer": "ACME",
        "ReferringPhysicianName": "Doe^Referring",
        "PatientName": "Doe^Jane",
        "PatientID": "PID-0815",
        "PatientBirthDate": "19700203",
        "PatientSex": "F",
        "PatientAge": "049Y",
        "BodyPartExamined": "CHEST",
        "StudyInstanceUID": uid("study"),
        "SeriesInstanceUID": uid("series"),
        "StudyID": "1",
        "SeriesNumber": 1,
        "InstanceNumber": 1,
    }
    _set(dataset, {**defaults, **elements})
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = EXPLICIT
    return dataset


def image(pixels: np.ndarray | None = None, /, **elements: object) -> Dataset:
    """A native image of the given pixels (else `array()`), explicit little endian; keywords as for `header`."""
    pixels = array() if pixels is None else pixels
    samples = pixels.shape[3] if pixels.ndim == 4 else 1
    bits = pixels.dtype.itemsize * 8
    dataset = header()
    described: dict[str, object] = {
        "SamplesPerPixel": samples,
        "PhotometricInterpretation": "RGB" if samples == 3 else "MONOCHROME2",
        "PlanarConfiguration": 0 if samples == 3 else None,
        "Rows": pixels.shape[1],
        "Columns": pixels.shape[2],
        "NumberOfFrames": pixels.shape[0] if pixels.shape[0] > 1 else None,
        "BitsAllocated": bits,
        "BitsStored": min(bits, 12) if bits == 16 else bits,
        "HighBit": (min(bits, 12) if bits == 16 else bits) - 1,
        "PixelRepresentation": 0,
    }
    dataset.add_new("PixelData", "OB" if bits == 8 else "OW", padded(pixels.tobytes()))
    _set(dataset, {**described, **elements})
    return dataset


def study(images: int = 2, **elements: object) -> list[Dataset]:
    """Some images of one series, numbered from 1, each with its own pixels."""
    return [image(array(seed=n), **{**elements, "InstanceNumber": n}) for n in range(1, images + 1)]


def sequence(**elements: object) -> list[Dataset]:
    """The value of a sequence of one item: `header(RequestAttributesSequence=make.sequence(StudyDate=...))`."""
    item = Dataset()
    _set(item, elements)
    return [item]


def data(dataset: Dataset, syntax: UID | None = None, preamble: bytes = b"\0" * 128) -> bytes:
    """A file's bytes in a transfer syntax; compressed ones are really compressed, big endian really swapped."""
    syntax = syntax or dataset.file_meta.TransferSyntaxUID
    copy = _in_syntax(dataset, syntax)
    copy.preamble = preamble
    stream = io.BytesIO()
    dcmwrite(stream, copy, enforce_file_format=True)
    return stream.getvalue()


def bare(dataset: Dataset, *, implicit: bool = True) -> bytes:
    """The dataset alone, without preamble and file meta."""
    copy = _in_syntax(dataset, IMPLICIT if implicit else EXPLICIT)
    del copy.file_meta
    stream = io.BytesIO()
    dcmwrite(stream, copy, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    return stream.getvalue()


def file(path: Path, dataset: Dataset | None = None, syntax: UID | None = None) -> Path:
    """Write a file, an image unless told otherwise, making its folders; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data(image() if dataset is None else dataset, syntax))
    return path


def padded(value: bytes) -> bytes:
    """The value with a null at its end where its length is odd (PS3.5 section 7.1)."""
    return value + b"\0" * (len(value) % 2)


def _set(dataset: Dataset, elements: dict[str, object]) -> None:
    for keyword, value in elements.items():
        if value is None:
            dataset.pop(keyword, None)
        else:
            setattr(dataset, keyword, value)


def _in_syntax(dataset: Dataset, syntax: UID) -> Dataset:
    copy = deepcopy(dataset)
    was = copy.file_meta.TransferSyntaxUID
    copy.file_meta.TransferSyntaxUID = syntax
    if "PixelData" not in copy or was == syntax:
        return copy
    if syntax == BIG and copy.BitsAllocated > 8:
        words = np.frombuffer(copy.PixelData, f"<u{copy.BitsAllocated // 8}")
        copy.add_new("PixelData", "OW", words.byteswap().tobytes())
    elif syntax == JPEG:
        _to_jpeg(copy)
    elif syntax.is_compressed and syntax != DEFLATED:
        copy.file_meta.TransferSyntaxUID = was
        copy.compress(syntax, encoding_plugin="pylibjpeg", generate_instance_uid=False)
        copy.file_meta.TransferSyntaxUID = syntax
    return copy


def _to_jpeg(dataset: Dataset) -> None:
    """Encode 8-bit frames as JPEG Baseline, which pydicom has no encoder for."""
    shape = (int(dataset.get("NumberOfFrames", 1)), dataset.Rows, dataset.Columns, dataset.SamplesPerPixel)
    length = int(np.prod(shape))
    frames = []
    for frame in np.frombuffer(dataset.PixelData, "u1")[:length].reshape(shape):
        stream = io.BytesIO()
        Image.fromarray(frame.squeeze()).save(stream, "JPEG", quality=95, subsampling=0)
        frames.append(stream.getvalue())
    dataset.add_new("PixelData", "OB", encapsulate(frames))
    dataset["PixelData"].is_undefined_length = True
    if dataset.SamplesPerPixel == 3:
        dataset.PhotometricInterpretation = "YBR_FULL"
