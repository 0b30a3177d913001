"""Safe redaction: true black under every kind of pixels, and nothing beside them that shows the same."""

import io

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from obia.plugins.deid_ctp.outcome import Outcome
from obia.plugins.deid_ctp.pixels.redaction import redact, redact_regions
from tests import make
from tests.plugins.deid_ctp.pixels.images import changed, jpeg, jpeg_file, photograph, real, see, streams_of

REGION, BOX = (3, 4, 20, 9), (3, 4, 23, 13)  # x, y, width, height; and its edges counted in
NATIVE = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]


def blank(file: bytes, *, test: bool = False) -> Outcome:
    outcome = redact_regions(file, [REGION], mode="safe", test=test)
    assert outcome.status == "OK", outcome.reason
    return outcome


def fills(file: bytes, *, test: bool = False) -> set[tuple[int, ...]]:
    """The colours inside of the region; outside of it nothing may have changed."""
    before, after = see(file), see(blank(file, test=test).data)
    inside = after.inside(*BOX)
    box = changed(before.pixels, after.pixels)
    assert box is None or (box[0] >= 3 and box[1] >= 4 and box[2] <= 23 and box[3] <= 13)
    return {tuple(each) for each in inside.reshape(-1, inside.shape[-1]).tolist()}


@pytest.mark.parametrize("syntax", [*NATIVE, RLELossless, JPEG2000Lossless], ids=lambda syntax: syntax.name)
@pytest.mark.parametrize(
    ("elements", "black", "grey"),
    [
        ({}, 0, 2048),
        ({"PhotometricInterpretation": "MONOCHROME1"}, 4095, 2048),
        ({"PixelRepresentation": 1, "BitsStored": 13}, -4096, 0),
        ({"BitsStored": 16, "HighBit": 15}, 0, 32768),
    ],
)
def test_grey_is_filled_with_what_shows_as_black(
    syntax: UID, elements: dict[str, object], black: int, grey: int
) -> None:
    file = make.data(make.image(make.array(frames=2), **elements), syntax)

    assert fills(file) == {(black,)}
    assert fills(file, test=True) == {(grey,)}


@pytest.mark.parametrize("syntax", [*NATIVE, RLELossless, JPEG2000Lossless], ids=lambda syntax: syntax.name)
def test_colours_are_filled_with_black(syntax: UID) -> None:
    file = make.data(make.image(make.array(samples=3, bits=8, frames=2)), syntax)

    assert fills(file) == {(0, 0, 0)}


def test_planes_of_colour_are_each_filled() -> None:
    pixels = np.moveaxis(make.array(samples=3, bits=8, frames=2), -1, 1)
    dataset = make.image(make.array(samples=3, bits=8, frames=2), PlanarConfiguration=1)
    dataset.PixelData = pixels.tobytes()

    assert fills(make.data(dataset)) == {(0, 0, 0)}


@pytest.mark.parametrize("planar", [0, 1])
def test_luma_and_chroma_are_filled_with_theirs(planar: int) -> None:
    dataset = make.image(
        make.array(samples=3, bits=8), PlanarConfiguration=planar, PhotometricInterpretation="YBR_FULL"
    )

    assert fills(make.data(dataset)) == {(0, 128, 128)}


def test_pairs_that_share_their_colours_are_filled_whole() -> None:
    dataset = make.image(make.array(samples=3, bits=8), PhotometricInterpretation="YBR_FULL_422")
    dataset.PixelData = make.array(samples=2, bits=8).tobytes()

    before, after = dcmread(io.BytesIO(make.data(dataset))), dcmread(io.BytesIO(blank(make.data(dataset)).data or b""))

    old, new = (np.frombuffer(each.PixelData, "u1").reshape(36, 16, 4) for each in (before, after))
    places = np.argwhere((old != new).any(axis=-1))
    assert (places.min(0).tolist(), places.max(0).tolist()) == ([4, 1], [13, 11])
    assert {tuple(each) for each in new[4:14, 1:12].reshape(-1, 4).tolist()} == {(0, 0, 128, 128)}


@pytest.mark.parametrize("name", ["examples_palette.dcm", "OBXXXX1A_rle.dcm", "gdcm-US-ALOKA-16_big.dcm"])
def test_a_palette_is_filled_with_its_darkest_colour(name: str) -> None:
    [(index,)] = fills(real(name))

    header = see(real(name)).header
    with_colours = apply_color_lut(np.arange(2**header.BitsStored), header).astype(int).sum(axis=-1)
    assert with_colours[index] == with_colours.min()


def test_a_file_without_meta_information_is_read_by_what_it_looks_like() -> None:
    seen = see(blank(real("OT-PAL-8-face.dcm")).data)

    assert seen.header.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
    assert len(np.unique(seen.inside(*BOX))) == 1


@pytest.mark.parametrize(("kind", "bit"), [("MONOCHROME2", 0), ("MONOCHROME1", 1)])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=lambda syntax: syntax.name)
def test_single_bits_are_filled_and_their_neighbours_kept(kind: str, bit: int, syntax: UID) -> None:
    bits = np.random.default_rng(5).integers(0, 2, (3, 37, 29), "u1")
    packed = make.padded(np.packbits(bits, bitorder="little").tobytes())
    dataset = make.image(make.array(37, 29, 3, bits=8), PhotometricInterpretation=kind)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 1, 1, 0
    dataset.add_new("PixelData", "OW" if syntax == ExplicitVRBigEndian else "OB", packed)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(packed, "<u2").byteswap().tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax

    after = dcmread(io.BytesIO(blank(make.data(dataset)).data or b"")).PixelData

    raw = np.frombuffer(after, ">u2" if syntax == ExplicitVRBigEndian else "<u2").astype("<u2").view("u1")
    found = np.unpackbits(raw, bitorder="little")[: bits.size].reshape(bits.shape)
    bits[:, 4:14, 3:24] = bit
    assert (found == bits).all()


def test_bytes_in_big_endian_words_are_found_where_they_lie() -> None:
    assert fills(real("ExplVR_BigEnd.dcm")) == {(0, 0, 0)}


def test_long_words_are_filled() -> None:
    assert fills(make.data(make.image(make.array(bits=32)))) == {(0,)}


@pytest.mark.parametrize(
    ("name", "syntax", "is_lossy"),
    [
        ("MR_small_RLE.dcm", RLELossless, False),
        ("SC_rgb_rle_16bit_2frame.dcm", RLELossless, False),
        ("MR_small_jp2klossless.dcm", JPEG2000Lossless, False),
        ("SC_rgb_gdcm_KY.dcm", JPEG2000Lossless, False),
        ("JPEG2000.dcm", JPEG2000Lossless, True),
        ("MR_small_jpeg_ls_lossless.dcm", JPEG2000Lossless, False),
        ("JPEGLSNearLossless_16.dcm", RLELossless, True),  # too small a picture for JPEG 2000
        ("SC_rgb_jls_lossy_line.dcm", JPEG2000Lossless, True),
        ("SC_rgb_jpeg_gdcm.dcm", JPEG2000Lossless, False),
        ("JPEG-LL.dcm", JPEG2000Lossless, False),
    ],
)
def test_a_compressed_image_is_encoded_anew_without_loss(name: str, syntax: UID, is_lossy: bool) -> None:
    file = real(name)

    outcome = blank(file)

    before, after = see(file), see(outcome.data)
    assert after.header.file_meta.TransferSyntaxUID == syntax
    lossy = after.header.get("LossyImageCompression")
    assert lossy == ("01" if is_lossy else before.header.get("LossyImageCompression"))
    left, top, right, bottom = changed(before.pixels, after.pixels) or (3, 4, 23, 13)
    assert left >= 3 and top >= 4 and right <= 23 and bottom <= 13


def test_a_jpeg_stays_one_and_its_region_is_black() -> None:
    streams = [jpeg(photograph(seed=seed), subsampling=2) for seed in range(3)]

    outcome = blank(jpeg_file(streams, NumberOfFrames=3))

    before, after = see(jpeg_file(streams, NumberOfFrames=3)), see(outcome.data)
    assert after.header.file_meta.TransferSyntaxUID == before.header.file_meta.TransferSyntaxUID
    assert not after.inside(*BOX)[..., 0].any()
    assert (before.pixels[:, 17:] == after.pixels[:, 17:]).all()


def test_a_jpeg_in_several_fragments_is_put_together() -> None:
    from pydicom.encaps import encapsulate

    streams = [jpeg(photograph(seed=seed)) for seed in range(2)]
    dataset = dcmread(io.BytesIO(jpeg_file(streams, NumberOfFrames=2)))
    dataset.PixelData = encapsulate(streams, fragments_per_frame=3)
    stream = io.BytesIO()
    dataset.save_as(stream)

    outcome = blank(stream.getvalue())

    assert len(streams_of(outcome.data)) == 2
    assert not see(outcome.data).inside(*BOX)[..., 0].any()


def test_a_progressive_jpeg_is_encoded_anew() -> None:
    outcome = blank(jpeg_file([jpeg(photograph(), progressive=True)]))

    after = see(outcome.data)
    assert after.header.file_meta.TransferSyntaxUID == JPEG2000Lossless
    assert after.header.LossyImageCompression == "01"
    assert {tuple(each) for each in after.inside(*BOX).reshape(-1, 3).tolist()} == {(0, 128, 128)}


def test_what_shows_the_same_region_beside_the_pixels_goes() -> None:
    icon = Dataset()
    icon.Rows, icon.Columns = 4, 4
    icon.add_new("PixelData", "OB", bytes(range(1, 17)))
    deeper = Dataset()
    deeper.IconImageSequence = [icon]
    dataset = make.image(
        IconImageSequence=[icon], ReferencedImageSequence=[deeper], SmallestImagePixelValue=7, LargestImagePixelValue=9
    )
    dataset.add_new(0x60003000, "OW", b"\xff" * 144)
    dataset.add_new(0x601E1500, "LO", "Doe^Jane")

    outcome = blank(make.data(dataset))

    header = see(outcome.data).header
    assert "IconImageSequence" not in header
    assert not any(element.tag.group in range(0x6000, 0x6020) for element in header)
    assert "SmallestImagePixelValue" not in header
    assert header.ReferencedImageSequence[0].IconImageSequence[0].PixelData == bytes(16)
    assert {note[:8] for note in outcome.notes} == {"00280106", "00280107", "00880200", "60003000", "601e1500"}


def test_regions_beside_the_image_blank_nothing_and_say_so() -> None:
    outcome = redact_regions(make.data(make.image()), [(500, 0, 9, 9)], mode="safe", burned_in=True)

    assert outcome.status == "NOREGION"
    assert outcome.data is None


def test_a_script_is_obeyed_safely_too() -> None:
    file = make.data(make.image(BurnedInAnnotation="YES"), RLELossless)

    outcome = redact(file, '{Modality.equals("CT")} (3,4,20,9)', mode="safe", burned_in=True)

    seen = see(outcome.data)
    assert not seen.inside(*BOX).any()
    assert seen.header.BurnedInAnnotation == "NO"


@pytest.mark.parametrize(
    "elements",
    [
        {"PhotometricInterpretation": "NONE_KNOWN"},
        {"BitsAllocated": 12},
        {"BitsStored": 17},
        {"Rows": 0},
        {"Rows": 65535, "Columns": 65535},
        {"NumberOfFrames": 99999},
        {"SamplesPerPixel": 3},
    ],
)
def test_a_header_that_describes_no_picture_is_quarantined(elements: dict[str, object]) -> None:
    file = make.data(make.image(**elements))

    assert redact_regions(file, [REGION], mode="safe").status == "QUARANTINE"


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "JPEG2000.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_jpeg_gdcm.dcm"])
def test_frames_of_another_size_than_the_header_says_are_quarantined(name: str) -> None:
    dataset = dcmread(io.BytesIO(real(name)))
    dataset.Rows, dataset.Columns = dataset.Columns + 1, dataset.Rows
    stream = io.BytesIO()
    dataset.save_as(stream)

    assert redact_regions(stream.getvalue(), [REGION], mode="safe").status == "QUARANTINE"
