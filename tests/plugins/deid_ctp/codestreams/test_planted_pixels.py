"""Text planted beside the pixels of every family, wherever a format has room, is in no clean element."""

from itertools import pairwise
from pathlib import Path
from struct import pack, unpack_from

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import UID, ExplicitVRBigEndian

from obia import Original, Pixels
from obia.plugins.deid_ctp.codestreams.element import cleaned
from obia.plugins.qc.pixels import PixelCheck
from obia.server.intake.digest import pixel_digest
from obia.server.intake.encoding import encode_header, write
from obia.server.intake.reading import read
from obia.server.pixels import preview
from tests import make
from tests.plugins.deid_ctp.codestreams import streams
from tests.plugins.deid_ctp.codestreams.walker import strangers
from tests.plugins.deid_ctp.originals import PSEUDONYMS, deidentifier

STEM = b"ZQXPlanted^Jo"  # no letter twice, so that a code table can hold it
WORDS = st.builds(lambda before, after: before + STEM + after, st.binary(max_size=9), st.binary(max_size=300))
MARKED = ["JPEG Baseline", "JPEG Extended", "JPEG Lossless", "JPEG-LS", "JPEG-LS colour", "JPEG 2000"]
JPEG_MARKERS = st.sampled_from([0xFE, *range(0xE0, 0xF0)])
JPEG_2000_MARKERS = st.sampled_from([0x64, 0x63, 0x57, 0x58, 0x55, 0x56, 0x59])

pytestmark = pytest.mark.filterwarnings("ignore")


def segment(marker: int, body: bytes) -> bytes:
    """A marker segment."""
    return pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def heads(frame: bytes) -> list[int]:
    """Where a marker segment of the header begins, the end of the last included."""
    ends = (0xDA,) if frame[:2] == b"\xff\xd8" else (0x90,)
    at, found = 2, [2]
    while frame[at + 1] not in ends:
        at += 2 + int.from_bytes(frame[at + 2 : at + 4])
        found.append(at)
    return found


def kept(clean: Pixels) -> list[bytes]:
    """The fragments of clean pixels."""
    return streams.items(streams.whole(clean))[1:]


def holds_nothing(original: Original, changed: bytes) -> Pixels:
    """Clean a changed element; assert that the stem is gone and the pixels are what they were."""
    planted = streams.with_pixels(original, changed)
    assert STEM in changed

    clean = streams.clean(planted)

    assert STEM not in streams.whole(clean)
    assert streams.is_same(streams.decoded(original), streams.decoded(planted, clean))
    return clean


@settings(max_examples=25)
@pytest.mark.parametrize("name", MARKED)
@given(st.data())
def test_markers_and_tails_never_survive(name: str, data: st.DataObject) -> None:
    original = streams.sample(name)
    [frame, *_] = streams.frames(original)
    markers = JPEG_2000_MARKERS if name == "JPEG 2000" else JPEG_MARKERS
    for place in sorted(data.draw(st.sets(st.sampled_from(heads(frame)), max_size=3)), reverse=True):
        frame = frame[:place] + segment(data.draw(markers), data.draw(WORDS)) + frame[place:]
    frame += data.draw(WORDS)

    clean = holds_nothing(original, streams.element([frame]))

    assert [strangers(each) for each in kept(clean)] == [[]]


@pytest.mark.parametrize("name", ["JPEG Baseline", "JPEG 2000", "JPEG-LS colour"])
@pytest.mark.parametrize(
    "start", [b"JFIF\0\1\2\1\0\x48\0\x48\0\0", b"Adobe\0\x65ZQ\0\0\1", b"mrfx\1", b"SPIFF\0", b"Exif\0\0"]
)
def test_an_application_segment_known_by_its_name_keeps_no_more(name: str, start: bytes) -> None:
    original = streams.sample(name)
    [frame] = streams.frames(original)
    marker = {b"J": 0xE0, b"A": 0xEE, b"E": 0xE1}.get(start[:1], 0xE8) if name != "JPEG 2000" else 0x64
    planted = streams.with_pixels(original, streams.element([frame[:2] + segment(marker, start + STEM) + frame[2:]]))

    [found] = kept(streams.clean(planted))

    assert STEM not in found and strangers(found) == []


@pytest.mark.parametrize("marker", [0xDB, 0xC4])
def test_a_table_that_no_scan_uses_goes(marker: int) -> None:
    original = streams.sample("JPEG Baseline")
    [frame] = streams.frames(original)
    text = STEM + bytes(range(1, 65 - len(STEM)))
    table = b"\3" + text if marker == 0xDB else b"\x13" + bytes(8) + bytes((64,)) + bytes(7) + text
    at = frame.index(b"\xff\xdb")
    both = segment(marker, table)
    own = frame.index(bytes((0xFF, marker)))
    length = int.from_bytes(frame[own + 2 : own + 4])
    joined = frame[:own] + segment(marker, frame[own + 4 : own + 2 + length] + table) + frame[own + 2 + length :]

    holds_nothing(original, streams.element([frame[:at] + both + frame[at:]]))
    clean = holds_nothing(original, streams.element([joined]))

    assert kept(clean) == kept(streams.clean(original))


@given(WORDS, st.integers(0, 40))
def test_a_tile_part_keeps_no_comment_and_its_length_follows(text: bytes, shift: int) -> None:
    original = streams.sample("JPEG 2000")
    [frame] = streams.frames(original)
    at = frame.index(b"\xff\x90\x00\x0a")
    (length,) = unpack_from(">L", frame, at + 6)
    comment = segment(0x64, b"\0\1" + text) + segment(0x58, bytes(shift) + text)
    head = frame[: at + 6] + pack(">L", length + len(comment)) + frame[at + 10 : at + 12]

    clean = holds_nothing(original, streams.element([head + comment + frame[at + 12 :]]))

    assert kept(clean) == kept(streams.clean(original))


def test_a_list_of_tile_parts_is_written_anew() -> None:
    original = streams.sample("JPEG 2000")
    [frame] = streams.frames(original)
    at = frame.index(b"\xff\x90\x00\x0a")

    clean = holds_nothing(original, streams.element([frame[:at] + segment(0x55, b"\0\x60" + STEM) + frame[at:]]))

    [found] = kept(clean)
    tile_part = found.index(b"\xff\x90\x00\x0a")
    assert segment(0x55, b"\0\x60\0\0" + found[tile_part + 6 : tile_part + 10]) in found


@given(WORDS)
def test_a_jp2_file_becomes_its_codestream(text: bytes) -> None:
    original = streams.sample("JPEG 2000")
    [frame] = streams.frames(original)
    boxes = [(b"ftyp", b"jp2 \0\0\0\0jp2 "), (b"xml ", text), (b"jp2h", pack(">L4s", 8 + len(text), b"uuid") + text)]
    file = b"\0\0\0\x0cjP  \r\n\x87\n" + b"".join(pack(">L4s", 8 + len(body), kind) + body for kind, body in boxes)

    clean = holds_nothing(original, streams.element([file + pack(">L4s", 8 + len(frame), b"jp2c") + frame + text]))

    assert kept(clean) == kept(streams.clean(original))


@given(st.data())
def test_nothing_stands_behind_or_between_rle_segments(data: st.DataObject) -> None:
    original = streams.sample("RLE")
    planted = []
    for frame in streams.frames(original):
        count, *offsets = unpack_from("<16L", frame)
        bounds = [*offsets[:count], len(frame)]
        body, starts = data.draw(WORDS), []
        for start, end in pairwise(bounds):
            starts.append(64 + len(body))
            body += frame[start:end] + data.draw(WORDS)
        unused = (data.draw(WORDS) + bytes(60))[: 60 - 4 * count]
        planted.append(pack(f"<{count + 1}L", count, *starts) + unused + body)

    clean = holds_nothing(original, streams.element(planted))

    assert kept(clean) == kept(streams.clean(original))


@pytest.mark.parametrize(("count", "cut"), [(b"\x7f", b"\x07"), (b"\x81", b"\xf9")])
def test_the_last_run_of_an_rle_segment_is_cut(count: bytes, cut: bytes) -> None:
    original = read_image(np.zeros((1, 2, 4), np.uint8))
    run = count + (bytes(range(8)) + STEM.ljust(120, b"\1") if count < b"\x80" else b"\7")
    frame = pack("<16L", 1, 64, *[0] * 14) + run + STEM

    [clean] = kept(_rle(original, frame))

    assert clean[64:].rstrip(b"\0") == cut + (bytes(range(8)) if count < b"\x80" else b"\7")


def digest(original: Original) -> str:
    """By which the intake knows equal pixels."""
    assert original.pixels is not None
    return pixel_digest(original.meta, original.header, original.pixels, b"key")


def read_image(array: np.ndarray) -> Original:
    """An original of an image."""
    dataset = make.image(array)
    return Original("i", None, None, dataset.file_meta, dataset, None)  # type: ignore[arg-type]


def _rle(original: Original, frame: bytes) -> Pixels:
    return cleaned(streams.pixels(streams.element([frame])), original.header, make.RLE)


def test_the_offset_table_is_one() -> None:
    original = streams.sample("RLE")
    [one, other] = streams.frames(original)

    clean = holds_nothing(original, streams.element([one, other], table=STEM + b"\0"))

    assert streams.items(streams.whole(clean))[0] == pack("<2L", 0, 8 + len(one) + len(one) % 2)


def test_neither_head_nor_delimiter_has_room() -> None:
    original = streams.sample("JPEG Baseline")
    changed = streams.element(
        streams.frames(original),
        head=b"\xe0\x7f\x10\x00ZQX\0\xff\xff\xff\xff",
        delimiter=b"\xfe\xff\xdd\xe0ZQXP",
    )

    clean = streams.clean(streams.with_pixels(original, changed))

    assert b"ZQ" not in streams.whole(clean)


@given(WORDS, st.integers(1, 5))
def test_a_frame_in_fragments_becomes_one(text: bytes, parts: int) -> None:
    original = streams.sample("JPEG Lossless")
    [frame] = streams.frames(original)
    planted = frame[:2] + segment(0xFE, text) + frame[2:]
    step = 2 * (len(planted) // parts // 2 + 1)
    pieces = [planted[at : at + step] for at in range(0, len(planted), step)]

    clean = holds_nothing(original, streams.element([*pieces[:-1], pieces[-1] + text, b""]))

    assert kept(clean) == kept(streams.clean(original))


@pytest.mark.parametrize("syntax", [make.EXPLICIT, make.IMPLICIT, ExplicitVRBigEndian])
@pytest.mark.parametrize("shape", [(1, 3, 5), (1, 4, 4)])
def test_native_pixels_have_no_tail(syntax: str, shape: tuple[int, int, int]) -> None:
    array = np.arange(1, 1 + np.prod(shape), dtype=np.uint8).reshape(shape)
    dataset = make.image(array)
    value = make.padded(array.tobytes())[: array.size] + STEM
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    implicit = syntax == make.IMPLICIT
    form, rest = (f"{order}HHL", ()) if implicit else (f"{order}HH4sL", (b"OB\0\0",))
    head = pack(form, 0x7FE0, 0x10, *rest, len(value))

    clean = cleaned(streams.pixels(head + value, len(head), is_encapsulated=False), dataset, syntax)  # type: ignore[arg-type]

    found = streams.whole(clean)
    assert clean.read() == make.padded(array.tobytes())
    assert found[:4] == head[:4] and len(found) == len(head) + len(clean.read()) == clean.length


@pytest.mark.parametrize("syntax", [make.JPEG, make.J2K, make.RLE, make.EXPLICIT])
def test_a_whole_file_is_written_without_it_and_can_be_shown(syntax: UID, tmp_path: Path) -> None:
    image = make.array(bits=8, frames=2, rows=64, columns=64)
    file = make.data(make.image(image), syntax)
    fragments = streams.items(file[file.index(streams.HEAD) :])[1:] if syntax != make.EXPLICIT else [b""]
    planted = file + STEM + b"x"
    if syntax != make.EXPLICIT:
        planted = file[: file.index(streams.HEAD)] + streams.element([each + STEM for each in fragments])
    (tmp_path / "planted.dcm").write_bytes(planted)
    original = read(tmp_path / "planted.dcm", "intake", "OBIA0001")

    clean = deidentifier().deidentify(original, PSEUDONYMS)
    with (tmp_path / "clean.dcm").open("wb") as target:
        written = write(clean, encode_header(clean.header, clean.meta.TransferSyntaxUID), target)

    stored = read(tmp_path / "clean.dcm", "stored", "")
    assert STEM not in (tmp_path / "clean.dcm").read_bytes()
    assert written.size == (tmp_path / "clean.dcm").stat().st_size
    assert streams.is_same(streams.decoded(original), streams.decoded(stored))
    assert digest(stored) == digest(original)
    assert list(PixelCheck().check_raw(stored)) == list(PixelCheck().check_raw(original)) == []
    assert preview(tmp_path / "clean.dcm", 2).startswith(b"\x89PNG")
