"""Decoding."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from struct import pack

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID

from obia.schema.errors import Code, NotFound, Rejected
from obia.server import pixels as module
from obia.server.intake.reading import read
from obia.server.pixels import decode, frames, preview
from tests import bad_input, make
from tests.golden import ROOT

# one of every codec, layout and depth that the package brings
REAL = (
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "JPEG2000.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_rgb_small_odd_big_endian.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "SC_rgb_32bit_2frame.dcm",
    "liver.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "emri_small_jpeg_ls_lossless.dcm",
    "JPEG-LL.dcm",
    "examples_palette.dcm",
    "color-pl.dcm",
)


def decoded(path: Path, frame: int | None = None) -> np.ndarray:
    found = read(path, "a1b2", "OBIA0001")
    assert found.pixels is not None
    return decode(found.meta, found.header, found.pixels, frame)


@pytest.mark.parametrize("syntax", (*make.NATIVE, *make.COMPRESSED), ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("samples", (1, 3))
def test_decoding_gives_back_what_was_encoded(samples: int, syntax: UID, tmp_path: Path) -> None:
    pixels = make.array(bits=8, samples=samples, frames=3)

    assert np.array_equal(decoded(make.file(tmp_path / "x.dcm", make.image(pixels), syntax)), pixels)


@pytest.mark.parametrize("syntax", (*make.NATIVE, *make.COMPRESSED), ids=lambda syntax: syntax.keyword)
def test_one_frame_is_decoded_alone(syntax: UID, tmp_path: Path) -> None:
    pixels = make.array(frames=3)

    assert np.array_equal(decoded(make.file(tmp_path / "x.dcm", make.image(pixels), syntax), 1), pixels[1:2])


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize("name", REAL)
def test_decoding_agrees_with_pydicom(name: str) -> None:
    path = Path(str(get_testdata_file(name, download=False)))
    expected = pydicom.dcmread(path).pixel_array

    found = decoded(path)

    assert np.array_equal(found.ravel(), expected.ravel())
    assert found.ndim >= 3


@pytest.mark.parametrize(("keyword", "word"), [("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")])
def test_floating_pixels_are_decoded(keyword: str, word: str, tmp_path: Path) -> None:
    values = np.linspace(0, 1, 36 * 32).astype(word).reshape(1, 36, 32)
    absent = dict.fromkeys(("PixelData", "BitsStored", "HighBit", "PixelRepresentation"))
    dataset = make.image(None, **{**absent, keyword: values.tobytes(), "BitsAllocated": values.itemsize * 8})

    assert np.array_equal(decoded(make.file(tmp_path / "x.dcm", dataset)), values)


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ({"Rows": 65535, "Columns": 65535, "NumberOfFrames": 1000}, Code.TOO_LARGE),
        ({"Rows": 65535, "Columns": 65535}, Code.TOO_LARGE),
        ({"Rows": 37}, Code.BAD_PIXELS),
        ({"Rows": None}, Code.BAD_PIXELS),
        ({"BitsAllocated": 12}, Code.BAD_PIXELS),
        ({"PhotometricInterpretation": "NONE", "SamplesPerPixel": 9}, Code.BAD_PIXELS),
    ],
)
def test_a_header_that_asks_too_much_is_refused(elements: dict[str, object], code: Code, tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.image(None, **elements))

    with pytest.raises(Rejected) as refusal:
        decoded(path)

    assert refusal.value.code is code


def test_a_frame_that_says_it_is_huge_never_reaches_a_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = make.data(make.image(), make.J2K)
    size = whole.index(b"\xff\x4f\xff\x51") + 8
    path = tmp_path / "x.dcm"
    path.write_bytes(whole[:size] + pack(">LL", 60000, 60000) + whole[size + 8 :])

    with pytest.raises(Rejected, match="larger than its header says"):
        decoded(path)


def test_pixels_shorter_than_their_header_says_never_reach_a_decoder(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="shorter than its header says"):
        decoded(make.file(tmp_path / "x.dcm", make.image(None, Rows=5000)))


def test_a_broken_codestream_is_refused(tmp_path: Path) -> None:
    [broken] = [case for case in bad_input.cases() if case.name == "a codestream that is broken"]

    with pytest.raises(Rejected) as refusal:
        decoded(broken.at(tmp_path))

    assert refusal.value.code is Code.BAD_PIXELS


def test_a_transfer_syntax_without_a_decoder_is_unsupported() -> None:
    with pytest.raises(Rejected) as refusal:
        decoded(Path(str(get_testdata_file("JPGExtended.dcm", download=False))))

    assert refusal.value.code is Code.UNSUPPORTED


def test_all_frames_may_be_more_than_are_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(make.file(tmp_path / "x.dcm", make.image(make.array(frames=4))), "a1b2", "OBIA0001")
    monkeypatch.setattr(module, "MAX_BYTES", 5000)  # a frame has 2,304 bytes
    assert found.pixels is not None

    with pytest.raises(Rejected) as refusal:
        decode(found.meta, found.header, found.pixels)

    assert refusal.value.code is Code.TOO_LARGE
    assert len(list(frames(found.meta, found.header, found.pixels))) == 4


class Counted(BytesIO):
    """Bytes that count how often they are read from."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, and count."""
        self.reads += 1
        return super().read(size)


@pytest.mark.parametrize("is_split", (False, True), ids=("a fragment a frame", "two fragments a frame"))
def test_frames_without_an_offset_table_are_found_in_linear_time(is_split: bool, tmp_path: Path) -> None:
    reads = []
    for count in (10, 40):
        found = read(make.file(tmp_path / "x.dcm", without_offsets(count, is_split=is_split)), "a1b2", "OBIA0001")
        assert found.pixels is not None
        with found.pixels.opener() as file:
            stream = Counted(file.read())
        pixels = replace(found.pixels, opener=lambda: stream)  # noqa: B023  used within the turn
        assert len(list(frames(found.meta, found.header, pixels))) == count
        reads.append(stream.reads)

    assert reads[1] < 6 * reads[0]


def without_offsets(count: int, *, is_split: bool) -> pydicom.Dataset:
    """JPEG frames behind an empty offset table."""
    dataset = pydicom.dcmread(BytesIO(make.data(make.image(make.array(bits=8)), make.JPEG)))
    [frame] = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.NumberOfFrames = count
    dataset.PixelData = encapsulate([frame] * count, fragments_per_frame=1 + is_split, has_bot=False)
    return dataset


def test_a_preview_is_a_png_of_the_image(tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.image(make.array(36, 32, frames=2)))
    (tmp_path / "x.png").write_bytes(preview(path, 2))

    with Image.open(tmp_path / "x.png") as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (32, 36))


@pytest.mark.parametrize("frame", (0, 3, -1))
def test_a_preview_of_a_missing_frame_is_not_found(frame: int, tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.image(make.array(frames=2)))

    with pytest.raises(NotFound, match="from 1 to 2"):
        preview(path, frame)


def test_a_preview_without_pixels_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        preview(make.file(tmp_path / "x.dcm", make.header()), 1)


@pytest.mark.parametrize(
    "syntax", (make.IMPLICIT, make.EXPLICIT, make.BIG, make.DEFLATED), ids=lambda each: each.keyword
)
@pytest.mark.parametrize("samples", (1, 3))
@pytest.mark.parametrize("is_signed", (False, True))
@pytest.mark.parametrize(("allocated", "stored"), [(8, 8), (8, 5), (16, 16), (16, 12), (32, 32), (32, 20)])
def test_native_words_are_what_pydicom_s_decoder_gives(
    allocated: int, stored: int, is_signed: bool, samples: int, syntax: UID, tmp_path: Path
) -> None:
    image = make.image(make.array(bits=allocated, samples=samples, frames=2))
    noise = np.random.default_rng(stored).integers(0, 256, len(image.PixelData), np.uint8)
    image.PixelData, image.PixelRepresentation = noise.tobytes(), int(is_signed)
    image.BitsStored, image.HighBit = stored, stored - 1
    path = make.file(tmp_path / "x.dcm", image, syntax)

    ours, theirs = decoded(path), pydicom.dcmread(path).pixel_array

    assert (ours == theirs).all()
    assert ours.dtype.kind == ("i" if is_signed else "u")
    assert (decoded(path, 1)[0] == theirs[1]).all()


@pytest.mark.parametrize("frame", (-1, 2))
def test_no_bytes_beside_the_pixels_are_a_frame(frame: int, tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.image(make.array(frames=2)))

    with pytest.raises(Rejected) as refusal:
        decoded(path, frame)
    assert refusal.value.code is Code.BAD_PIXELS


def test_a_jpeg_with_a_broken_marker_ends_no_process(tmp_path: Path) -> None:
    colours = make.array(32, 32, samples=3, bits=8)[0]
    stream = BytesIO()
    Image.fromarray(colours).save(stream, "JPEG")
    whole = stream.getvalue()
    markers = [at for at in range(2, whole.index(b"\xff\xda")) if whole[at] == 0xFF]
    for at in markers:
        dataset = make.image(pixels=colours[None])
        dataset.PhotometricInterpretation = "YBR_FULL"
        dataset.PixelData = encapsulate([whole[:at] + b"\x93" + whole[at + 1 :]])
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = make.JPEG
        pydicom.dcmwrite(tmp_path / f"{at}.dcm", dataset, enforce_file_format=True)
    program = "import sys; from tests.server.test_pixels import decode_all; decode_all(sys.argv[1])"

    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=False)

    assert (len(markers) > 3, ended.returncode) == (True, 0)


def decode_all(folder: str) -> None:
    """Decode every file of a folder, where it can be."""
    for path in sorted(Path(folder).iterdir()):
        original = read(path, "intake", "OBIA0001")
        assert original.pixels is not None
        with suppress(Rejected):
            decode(original.meta, original.header, original.pixels)
