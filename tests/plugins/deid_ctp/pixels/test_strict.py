"""Strict blanking beyond the oracle's cases: what CTP passes on, refuses or fills with odd values."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
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


def picture(kind: str, samples: int, bits: int = 8, frames: int = 1, **elements: object) -> bytes:
    """An image of 8 rows and 10 columns whose every byte is 0x55."""
    header = make.image(np.zeros((1, 8, 10) if samples == 1 else (1, 8, 10, samples), "u1"), **elements)
    header.BitsAllocated, header.BitsStored, header.HighBit = bits, bits, bits - 1
    header.PhotometricInterpretation, header.NumberOfFrames = kind, frames
    count = 80 * (2 if kind.endswith("_422") else samples) * frames
    header.add_new("PixelData", "OW" if bits > 8 else "OB", b"\x55" * (count * bits // 8))
    return make.data(header)


@pytest.mark.parametrize(
    ("file", "region", "count", "fills", "test_fills"),
    [
        (picture("MONOCHROME2", 1, bits=16, PixelRepresentation=1), (0, 0, 1, 1), 8, {0}, {8}),
        (picture("MONOCHROME2", 1, bits=32), (0, 0, 1, 1), 16, {0}, {8}),
        (picture("MONOCHROME1", 1, bits=16, PixelRepresentation=1), (0, 0, 1, 1), 8, {0x0F}, {8}),
        (picture("PALETTE COLOR", 1), (0, 0, 1, 1), 4, {0}, {0x7F}),
        (picture("RGB", 3, PlanarConfiguration=1, frames=2), (0, 0, 1, 1), 24, {0}, {0x7F}),
        (picture("RGB", 3, PlanarConfiguration=0, frames=2), (0, 0, 1, 1), 24, {0}, {0x7F}),
        (picture("YBR_FULL", 3, PlanarConfiguration=1), (0, 0, 1, 1), 12, {0, 127}, {0x7F}),
        (picture("YBR_FULL", 3, PlanarConfiguration=0), (0, 0, 1, 1), 8, {0, 128}, {128}),
        (picture("YBR_FULL_422", 3, PlanarConfiguration=0), (1, 0, 1, 1), 8, {0, 128}, {128}),
        (picture("YBR_FULL_422", 3, PlanarConfiguration=0), (1, 0, 2, 1), 16, {0, 128}, {128}),
        (picture("MONOCHROME2", 1), (3, 3, 0, 0), 1, {0}, {0x7F}),  # both edges count in
        (picture("MONOCHROME2", 1), (3, 3, -1, 5), 0, set(), set()),
        (picture("MONOCHROME2", 1), (3, 3, 5, -2), 0, set(), set()),
        (picture("MONOCHROME2", 1), (10, 0, 5, 5), 0, set(), set()),
        (picture("MONOCHROME2", 1), (9, 7, 99, 99), 1, {0}, {0x7F}),
        (picture("MONOCHROME2", 1), (-10, -8, 99, 99), 80, {0}, {0x7F}),
        (picture("MONOCHROME2", 1), (-12, 0, 3, 0), 2, {0}, {0x7F}),  # from two columns beside the image on
        (picture("MONOCHROME2", 1, frames=3), (-1, -1, 0, 0), 3, {0}, {0x7F}),
    ],
)
def test_odd_pictures_and_odd_regions_are_filled_by_ctp_s_rules(
    file: bytes, region: tuple[int, int, int, int], count: int, fills: set[int], test_fills: set[int]
) -> None:
    for is_test, expected in ((False, fills), (True, test_fills)):
        outcome = redact_regions(file, [region], test=is_test)

        assert outcome.status == "OK" and outcome.data is not None
        found = [byte for byte in dcmread(BytesIO(outcome.data)).PixelData if byte != 0x55]
        assert (len(found), set(found)) == (count, expected)


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("{true.} (3,3,-1,5)", "OK"),  # a region that covers nothing is a region
        ("{true.} (0,0,1)", "NOREGION"),
        ("{true.} (1.5,0,1,1) (a,b,c,d)", "NOREGION"),
        ("{true.}", "NOREGION"),
        ("{false.} (0,0,1,1) {true.} (0,0,1,1)", "OK"),
        ("{!!true.} (0,0,1,1)", "NOMATCH"),
        ("{} (0,0,1,1)", "NOMATCH"),
        ("{Modality.equals(} (0,0,1,1)", "NOMATCH"),
        ("{true. (0,0,1,1)", "NOMATCH"),
        ("true. (0,0,1,1)", "NOMATCH"),
        ('{OperatorsName.equals("")} (0,0,1,1)', "OK"),  # no name of CTP's: empty
        ("{true. // all of them\n} ( 0 , 0 , 1 , 1 )", "OK"),
    ],
)
def test_odd_pixel_scripts_end_as_in_ctp(script: str, status: str) -> None:
    file = picture("MONOCHROME2", 1, OperatorsName="Roe^Jim")

    assert redact(file, script).status == status


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


def test_a_signature_knows_dicom_s_keywords_in_safe_mode_alone() -> None:
    file = picture("MONOCHROME2", 1, OperatorsName="Roe^Jim")
    by_keyword, by_ctp_name = (
        '{OperatorsName.equals("Roe^Jim")} (0,0,1,1)',
        '{OperatorName.equals("Roe^Jim")} (0,0,1,1)',
    )

    assert redact(file, by_keyword).status == "NOMATCH"
    assert redact(file, by_keyword, mode="safe").status == "OK"
    assert redact(file, by_ctp_name).status == redact(file, by_ctp_name, mode="safe").status == "OK"
