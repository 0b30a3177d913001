"""Originals for tests of deid_ctp: invented headers as the reader would hand them over, and clean ones as bytes."""

import io
from functools import lru_cache

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from obia import Clean, Kind, Original, Patient
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.plugin import base_script
from obia.server.keys import Keys
from tests import make

PSEUDONYMS = Keys(bytes(range(32))).pseudonyms("OBIA0001")
_FIRST_PIXEL = 0x7FE00000


@lru_cache(1)
def deidentifier() -> CtpDeidentifier:
    """The de-identifier with our own script."""
    return CtpDeidentifier(base_script(), "0.1.0")


def original(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> Original:
    """Write a dataset and read its header again, raw, as the intake does."""
    return reread(make.data(dataset, syntax))


def reread(data: bytes) -> Original:
    """The original of a file's bytes."""
    header = dcmread(io.BytesIO(data), stop_before_pixels=True)
    for tag in [tag for tag in header.keys() if tag >= _FIRST_PIXEL]:  # noqa: SIM118  # a dataset iterates over elements
        del header[tag]
    return of(header)


def of(header: Dataset) -> Original:
    """The original of a header as it is."""
    meta = getattr(header, "file_meta", None) or FileMetaDataset()
    syntax = str(meta.get("TransferSyntaxUID", ExplicitVRLittleEndian))
    kind = Kind(str(header.get("SOPClassUID", "")), str(header.get("Modality", "")), "", syntax, "OBIA0001")
    patient = Patient(str(header.get("PatientID", "") or ""), str(header.get("IssuerOfPatientID", "") or ""))
    return Original("intake", kind, patient, meta, header, None)


def cleaned(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> Clean:
    """A dataset after de-identification."""
    return deidentifier().deidentify(original(dataset, syntax), PSEUDONYMS)


def data(clean: Clean) -> bytes:
    """A clean instance's header and file meta as bytes."""
    stream = DicomBytesIO()
    is_implicit, is_little = clean.header.original_encoding
    assert is_implicit is not None and is_little is not None
    stream.is_implicit_VR, stream.is_little_endian = is_implicit, is_little
    write_dataset(stream, clean.header)
    return stream.getvalue() + "\n".join(str(element.value) for element in clean.meta).encode()
