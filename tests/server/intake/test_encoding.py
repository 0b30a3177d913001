"""Encoding: elements are copied as they lie, and the bytes are those that pydicom writes."""

import pydicom.data
import pytest
from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia.server.intake import encoding
from obia.server.intake.encoding import encode_header
from tests import make
from tests.plugins.deid_ctp.originals import cleaned

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
FILES = ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "reportsi.dcm", "MR_small_bigendian.dcm", "liver_1frame.dcm")


def header() -> Dataset:
    """A header with text, numbers, bytes, and items within items."""
    inner = make.sequence(StudyDate="20200131", ReferencedSOPInstanceUID="1.2.3.4.5.6")
    dataset = make.header(PatientName="Paracelsus^Theo", ReferencedSeriesSequence=inner)
    dataset.private_block(0x0029, "ACME", create=True).add_new(1, "FD", [0.5] * 900)
    return dataset


def by_pydicom(dataset: Dataset, syntax: UID) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
    write_dataset(buffer, dataset)
    return buffer.getvalue()


def converted(*_: object) -> None:
    raise AssertionError("an element was converted")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_clean_header_is_copied_with_its_items(syntax: UID, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = cleaned(header(), syntax).header
    with monkeypatch.context() as patch:
        patch.setattr(encoding, "write_dataset", converted)
        copied = encode_header(clean, syntax)

    assert by_pydicom(clean, syntax) == copied


@pytest.mark.parametrize("name", FILES)
def test_real_headers_are_written_as_pydicom_writes_them(name: str) -> None:
    path = pydicom.data.get_testdata_file(name, download=False)
    assert isinstance(path, str)
    first, second = (dcmread(path, stop_before_pixels=True) for _ in range(2))
    syntax = first.file_meta.TransferSyntaxUID

    assert encode_header(first, syntax) == by_pydicom(second, syntax)


def test_a_converted_element_is_written_all_the_same() -> None:
    dataset = header()
    seen, unseen = (cleaned(dataset).header for _ in range(2))
    assert seen.Modality == "CT"

    assert encode_header(seen, ExplicitVRLittleEndian) == encode_header(unseen, ExplicitVRLittleEndian)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("other", SYNTAXES)
def test_a_sequence_nobody_read_is_written_in_the_syntax_of_the_file(syntax: UID, other: UID) -> None:
    dataset, elements = header(), header()
    clean = cleaned(dataset, other).header
    sequence: object = clean.get_item("ReferencedSeriesSequence")
    assert isinstance(sequence, RawDataElement)
    elements._dict = {sequence.tag: sequence}
    elements.set_original_encoding(other.is_implicit_VR, other.is_little_endian, ["iso8859"])

    written = encode_header(elements, syntax)

    alone = Dataset()
    alone.ReferencedSeriesSequence = cleaned(dataset, other).header.ReferencedSeriesSequence
    assert written == by_pydicom(alone, syntax)


HEAD = b"\x08\x00\x50\x00SH"
ONE, OTHER = HEAD + b"\x06\x00A-4711", HEAD + b"\x02\x00B "


@pytest.mark.parametrize("inside", [ONE + OTHER, b"\x08\x00\x60\x00CS\x02\x00CT" + ONE, ONE[:-2] + b"\x00\x00\x00\x00"])
def test_of_a_sequence_nobody_read_nothing_is_stored_that_a_reader_does_not_see(inside: bytes) -> None:
    value = b"\xfe\xff\x00\xe0" + len(inside).to_bytes(4, "little") + inside
    sequence = RawDataElement(BaseTag(0x00081115), "SQ", len(value), value, 0, False, True)
    elements = Dataset()
    elements._dict = {sequence.tag: sequence}
    elements.set_original_encoding(False, True, ["iso8859"])

    assert not encoding._is_whole(sequence)
    assert inside not in encode_header(elements, ExplicitVRLittleEndian)
