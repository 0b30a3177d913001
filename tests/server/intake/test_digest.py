"""Digests of originals."""

from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.uid import UID

from obia.schema.values import Original
from obia.server.intake.digest import dataset_digest, pixel_digest
from obia.server.intake.reading import read
from tests import bad_input, make

KEY = b"a key of thirty-two bytes, made up"
SYNTAXES = (*make.NATIVE, *make.COMPRESSED)
PIXELS = (
    make.array(bits=8),
    make.array(bits=16, frames=2),
    make.array(bits=8, samples=3),
    make.array(bits=8, samples=3, frames=2),
    make.array(rows=33, columns=35, bits=8),  # odd: padded
)


def original(folder: Path, dataset: Dataset, syntax: UID = make.EXPLICIT) -> Original:
    return read(make.file(folder / "x.dcm", dataset, syntax), "a1b2", "OBIA0001")


def pixels_of(found: Original, key: bytes = KEY) -> str:
    assert found.pixels is not None
    return pixel_digest(found.meta, found.header, found.pixels, key)


def rich(pixels: np.ndarray | None = None) -> Dataset:
    """An image with nested sequences, private elements, binary words of every size and an empty element."""
    inner = make.sequence(StudyTime="101010", ReferencedFrameNumber=[1, 2])
    dataset = make.image(
        pixels, SOPInstanceUID="2.25.7", RequestAttributesSequence=make.sequence(ReferencedImageSequence=inner)
    )
    dataset.private_block(0x0009, "ACME", create=True).add_new(1, "US", [1, 2])
    dataset.private_block(0x0009, "ACME").add_new(2, "FD", 0.25)
    dataset.PatientComments = None
    dataset.add_new(0x00281052, "DS", "-1024")
    return dataset


@pytest.mark.parametrize("pixels", PIXELS, ids=lambda pixels: f"{pixels.shape}-{pixels.dtype}")
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.keyword)
def test_digests_are_equal_however_the_same_content_is_encoded(syntax: UID, pixels: np.ndarray, tmp_path: Path) -> None:
    plain, other = original(tmp_path / "a", rich(pixels)), original(tmp_path / "b", rich(pixels), syntax)

    assert dataset_digest(other, KEY) == dataset_digest(plain, KEY)
    assert pixels_of(other) == pixels_of(plain)


@pytest.mark.parametrize(
    "names",
    [
        ("693_UNCR", "693_J2KR"),
        ("RG1_UNCR", "RG1_J2KR"),
        ("US1_UNCR", "US1_J2KR"),
        ("emri_small", "emri_small_RLE", "emri_small_jpeg_ls_lossless", "emri_small_big_endian"),
        ("SC_rgb_16bit_2frame", "SC_rgb_expb_16bit_2frame"),
        ("liver", "liver_expb"),
    ],
    ids=lambda names: names[0],
)
def test_real_twins_hold_equal_pixels(names: tuple[str, ...]) -> None:
    paths = [Path(str(get_testdata_file(f"{name}.dcm", download=False))) for name in names]

    assert len({pixels_of(read(path, "a1b2", "OBIA0001")) for path in paths}) == 1


def test_planar_pixels_are_the_same_pixels(tmp_path: Path) -> None:
    pixels = make.array(bits=8, samples=3)
    planar = make.image(pixels, PlanarConfiguration=1, PixelData=pixels.transpose(0, 3, 1, 2).tobytes())

    assert pixels_of(original(tmp_path, planar)) == pixels_of(original(tmp_path, make.image(pixels)))


@pytest.mark.parametrize("signed", (0, 1))
def test_bits_that_are_not_stored_do_not_count(signed: int, tmp_path: Path) -> None:
    pixels = make.array()
    overlaid = make.image(pixels | np.uint16(0x3000), PixelRepresentation=signed)

    assert pixels_of(original(tmp_path, overlaid)) == pixels_of(
        original(tmp_path, make.image(pixels, PixelRepresentation=signed))
    )


def test_unused_bits_are_trimmed_as_a_decoder_trims_them(tmp_path: Path) -> None:
    overlaid = make.image(make.array() | np.uint16(0x3000), PixelRepresentation=1)

    assert pixels_of(original(tmp_path, overlaid, make.RLE)) == pixels_of(original(tmp_path, overlaid))


def test_sequences_of_undefined_length_are_the_same_sequences(tmp_path: Path) -> None:
    defined, undefined = rich(), rich()
    undefined["RequestAttributesSequence"].is_undefined_length = True
    for item in undefined.RequestAttributesSequence:
        item.is_undefined_length_sequence_item = True

    assert dataset_digest(original(tmp_path, undefined), KEY) == dataset_digest(original(tmp_path, defined), KEY)


def test_a_digest_stays_the_same_after_elements_were_looked_at(tmp_path: Path) -> None:
    found = original(tmp_path, rich())
    before = dataset_digest(found, KEY)

    assert len(list(found.header.iterall())) > 30

    assert dataset_digest(found, KEY) == before


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientName", "Doe^John"),
        ("StudyDate", "20200201"),
        ("Rows", 18),
        ("PatientComments", "none"),
        ("ImageComments", ""),
    ],
)
def test_a_dataset_digest_tells_other_content(keyword: str, value: object, tmp_path: Path) -> None:
    changed = rich()
    setattr(changed, keyword, value)

    assert dataset_digest(original(tmp_path, changed), KEY) != dataset_digest(original(tmp_path, rich()), KEY)


def test_a_dataset_digest_tells_other_nested_content(tmp_path: Path) -> None:
    changed = rich()
    changed.RequestAttributesSequence[0].ReferencedImageSequence[0].StudyTime = "101011"

    assert dataset_digest(original(tmp_path, changed), KEY) != dataset_digest(original(tmp_path, rich()), KEY)


def test_a_dataset_digest_tells_an_element_in_an_item_from_one_behind_it(tmp_path: Path) -> None:
    inside = make.image(SOPInstanceUID="2.25.7", RequestAttributesSequence=make.sequence(RequestedProcedureID="1"))
    behind = make.image(SOPInstanceUID="2.25.7", RequestAttributesSequence=make.sequence(), RequestedProcedureID="1")

    assert dataset_digest(original(tmp_path, inside), KEY) != dataset_digest(original(tmp_path, behind), KEY)


def test_a_dataset_digest_tells_one_item_from_two(tmp_path: Path) -> None:
    [both] = make.sequence(RequestedProcedureID="1", ScheduledProcedureStepID="2")
    apart = [*make.sequence(ScheduledProcedureStepID="2"), *make.sequence(RequestedProcedureID="1")]
    one, two = (make.image(None, SOPInstanceUID="2.25.7", RequestAttributesSequence=items) for items in ([both], apart))

    assert dataset_digest(original(tmp_path, one), KEY) != dataset_digest(original(tmp_path, two), KEY)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 36 * 32 - 1), bit=st.integers(0, 11), syntax=st.sampled_from(SYNTAXES))
def test_one_changed_bit_is_another_image(at: int, bit: int, syntax: UID, tmp_path: Path) -> None:
    changed = make.array()
    changed.reshape(-1)[at] ^= 1 << bit

    assert pixels_of(original(tmp_path, make.image(changed), syntax)) != pixels_of(
        original(tmp_path, make.image(), syntax)
    )


def test_digests_need_the_key(tmp_path: Path) -> None:
    found = original(tmp_path, rich())

    assert dataset_digest(found, b"other") != dataset_digest(found, KEY)
    assert pixels_of(found, b"other") != pixels_of(found)


def test_pixels_that_nobody_decodes_are_told_by_their_encoded_bytes(tmp_path: Path) -> None:
    [broken] = [case for case in bad_input.cases() if case.name == "a codestream that is broken"]
    found = read(broken.at(tmp_path / "a"), "a1b2", "OBIA0001")
    again = read(broken.at(tmp_path / "b"), "a1b2", "OBIA0001")

    assert pixels_of(found) == pixels_of(again)
    assert pixels_of(found) != pixels_of(original(tmp_path, make.image(), make.J2K))


def test_a_native_image_of_526_kb_is_digested_within_two_milliseconds(tmp_path: Path) -> None:
    found = original(tmp_path, make.image(make.array(512, 512)))

    def seconds() -> float:
        start = process_time()
        pixels_of(found)
        return process_time() - start

    assert min(seconds() for _ in range(20)) < 0.002  # 0.4 ms where the processor knows SHA-256
