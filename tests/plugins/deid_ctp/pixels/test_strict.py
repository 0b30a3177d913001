"""Strict blanking beyond the oracle's cases: what CTP passes on, refuses or fills with odd values."""

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, JPEG2000Lossless, RLELossless

from obia.plugins.deid_ctp.pixels.redaction import redact, redact_regions
from tests import make
from tests.plugins.deid_ctp.pixels.images import changed, jpeg, jpeg_file, photograph, real, see, streams_of

BOX = (3, 4, 20, 9)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_a_compressed_syntax_other_than_jpeg_baseline_is_passed_on(syntax: str) -> None:
    file = make.data(make.image(), RLELossless if syntax == RLELossless else JPEG2000Lossless)

    outcome = redact(file, "{true.} (0,0,9,9)", burned_in=True)

    assert outcome.status == "SKIP"
    assert outcome.data == file


def test_the_first_signature_that_matches_wins() -> None:
    file = make.data(make.image())

    assert redact(file, '{Modality.equals("MR")} (0,0,9,9)').status == "NOMATCH"
    assert redact(file, "{true.} {true.} (0,0,9,9)").status == "NOREGION"
    assert redact(file, "").status == "NOMATCH"
    assert redact_regions(file, []).status == "NOREGION"


def test_what_has_no_pixels_is_no_image() -> None:
    file = make.data(make.header())

    assert redact(file, "{true.} (0,0,9,9)").status == "NOTIMAGE"
    assert redact_regions(file, [BOX]).status == "NOTIMAGE"


def test_burned_in_annotation_is_left_alone_unless_told() -> None:
    file = make.data(make.image(BurnedInAnnotation="YES"))

    kept, said = redact_regions(file, [BOX]), redact_regions(file, [BOX], burned_in=True)

    assert see(kept.data).header.BurnedInAnnotation == "YES"
    assert see(said.data).header.BurnedInAnnotation == "NO"


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_native_syntax_stays_and_the_rest_of_the_pixels_too(syntax: str) -> None:
    file = make.data(
        make.image(make.array(frames=2)), DeflatedExplicitVRLittleEndian if "99" in syntax else ExplicitVRBigEndian
    )

    outcome = redact_regions(file, [BOX])

    before, after = see(file), see(outcome.data)
    assert after.header.file_meta.TransferSyntaxUID == syntax
    assert changed(before.pixels, after.pixels) == (3, 4, 23, 13)
    assert not after.inside(3, 4, 23, 13).any()


def test_monochrome_1_of_16_bits_is_filled_as_ctp_fills_it() -> None:
    file = make.data(make.image(PhotometricInterpretation="MONOCHROME1"))

    assert (see(redact_regions(file, [BOX]).data).inside(3, 4, 23, 13) == 0x0F0F).all()
    assert (see(redact_regions(file, [BOX], test=True).data).inside(3, 4, 23, 13) == 0x0808).all()


def test_pixels_shorter_than_the_header_says_are_quarantined() -> None:
    short = make.image()
    short.Rows = 999

    assert redact_regions(make.data(short), [BOX]).status == "QUARANTINE"


@pytest.mark.parametrize("file", [b"", b"no DICOM", bytes(128) + b"DICM", bytes(200)])
def test_what_is_no_dicom_file_is_quarantined(file: bytes) -> None:
    assert redact(file, "{true.} (0,0,9,9)").status == "QUARANTINE"
    assert redact_regions(file, [BOX], mode="safe").status == "QUARANTINE"


def test_a_jpeg_keeps_the_means_of_its_blocks_as_ctp_leaves_them() -> None:
    stream = jpeg(photograph(), "L")

    outcome = redact_regions(jpeg_file([stream]), [BOX])

    blocks = see(outcome.data).pixels[0, :16, :24, 0].reshape(2, 8, 3, 8).swapaxes(1, 2).reshape(6, 64)
    assert (blocks.max(axis=1) - blocks.min(axis=1) == 0).all()  # each one grey
    assert len(np.unique(blocks)) > 1  # but not all the same: a mosaic of what was there


def test_a_jpeg_without_a_block_under_a_region_stays_bit_by_bit() -> None:
    stream = jpeg(photograph(), subsampling=2, restart_marker_blocks=3, comment=b"kept")

    outcome = redact_regions(jpeg_file([stream, stream]), [(500, 0, 5, 5)])

    assert [each.rstrip(b"\0") for each in streams_of(outcome.data)] == [stream, stream]


def test_a_jpeg_baseline_that_is_none_is_quarantined() -> None:
    assert redact_regions(jpeg_file([jpeg(photograph(), progressive=True)]), [BOX]).status == "QUARANTINE"


def test_an_implicit_dataset_under_a_compressed_syntax_is_written_as_it_was_read() -> None:
    outcome = redact_regions(real("SC_rgb_jpeg.dcm"), [BOX], burned_in=True)

    assert see(outcome.data).header.BurnedInAnnotation == "NO"
