"""What headers and codestreams say of pixels."""

from struct import pack

import pytest

from obia.schema.errors import Code, Rejected
from obia.schema.layout import Codestream, Layout, codestream
from tests import make


def test_a_layout_is_read_from_a_header() -> None:
    layout = Layout.of(make.image(make.array(rows=40, columns=33, frames=2)))

    assert (layout.rows, layout.columns, layout.frames, layout.allocated, layout.stored) == (40, 33, 2, 16, 12)
    assert layout.native_length == 2 * 40 * 33 * 2


def test_bits_of_a_mask_share_bytes_across_frames() -> None:
    mask = make.image(make.array(rows=33, columns=33, frames=3, bits=8), BitsAllocated=1, BitsStored=1)

    assert Layout.of(mask).native_length == -(-33 * 33 * 3 // 8)


def test_shared_colours_are_stored_once() -> None:
    colour = make.image(make.array(samples=3, bits=8), PhotometricInterpretation="YBR_FULL_422")

    assert Layout.of(colour).native_length == 36 * 32 * 2


@pytest.mark.parametrize(
    "elements",
    [
        {"Rows": None},
        {"Columns": 0},
        {"NumberOfFrames": -1},
        {"SamplesPerPixel": 0},
        {"BitsAllocated": 12},
        {"BitsStored": 17},
        {"Rows": [36, 36]},
    ],
)
def test_an_impossible_layout_is_refused(elements: dict[str, object]) -> None:
    dataset = make.image()
    for keyword, value in elements.items():
        dataset.pop(keyword, None)
        if value is not None:
            setattr(dataset, keyword, value)

    with pytest.raises(Rejected) as refusal:
        Layout.of(dataset)

    assert refusal.value.code is Code.BAD_PIXELS


def test_reading_a_layout_converts_nothing() -> None:
    import io

    import pydicom
    from pydicom.dataelem import RawDataElement

    header = pydicom.dcmread(io.BytesIO(make.data(make.image())), stop_before_pixels=True)

    Layout.of(header)

    assert isinstance(header.get_item("Rows"), RawDataElement)


def test_a_jpeg_says_its_size_behind_other_segments() -> None:
    comment = b"\xff\xfe" + pack(">H", 100) + bytes(98)
    start = b"\xff\xc3" + pack(">HBHHB", 11, 12, 512, 480, 1)

    assert codestream(b"\xff\xd8" + comment + b"\xff" + start + bytes(20)) == Codestream(512, 480, 1, 12)


def test_a_jpeg_2000_says_its_size() -> None:
    size = pack(">HHLLLLLLLLH", 41, 0, 480 + 8, 512 + 4, 8, 4, 480, 512, 0, 0, 3) + b"\x8b\1\1"

    assert codestream(b"\xff\x4f\xff\x51" + size) == Codestream(512, 480, 3, 12)


@pytest.mark.parametrize(
    "frame", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0", b"\xff\x4f\xff\x51", b"RLE"]
)
def test_what_is_no_codestream_says_nothing(frame: bytes) -> None:
    assert codestream(frame) is None
