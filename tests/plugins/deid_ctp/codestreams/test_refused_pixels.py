"""What cannot be cleaned, or does not parse, is refused with a code, and never copied."""

from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID, JPEGBaseline8Bit

from obia import Code, Pixels, Rejected
from obia.plugins.deid_ctp.codestreams.element import cleaned
from tests import make
from tests.plugins.deid_ctp.codestreams import streams
from tests.plugins.deid_ctp.codestreams.test_planted_pixels import segment
from tests.plugins.deid_ctp.codestreams.walker import strangers

NAMED = [uid for uid, (_, kind, *_) in UID_dictionary.items() if kind == "Transfer Syntax"]
_JPEGS = (50, 51, 57, 70, 80, 81, 90, 91, 201, 202, 203)
CLEANED = {
    *(f"1.2.840.10008.1.2{rest}" for rest in ("", ".1", ".1.99", ".2", ".5")),
    *(f"1.2.840.10008.1.2.4.{each}" for each in _JPEGS),
}

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("uid", sorted({*NAMED, "1.2.3", ""} - CLEANED))
def test_a_transfer_syntax_that_we_cannot_clean_is_refused(uid: str) -> None:
    with pytest.raises(Rejected, match="send it uncompressed") as refusal:
        cleaned(streams.pixels(streams.element([b"\0\0\1\xb3"])), make.image(), UID(uid))

    assert refusal.value.code == Code.NO_DEIDENTIFIER


def refused(original_name: str, *frames: bytes) -> None:
    """Assert that a sample with other frames is refused as damaged."""
    original = streams.sample(original_name)
    with pytest.raises(Rejected) as refusal:
        streams.clean(streams.with_pixels(original, streams.element(frames)))
    assert refusal.value.code == Code.BAD_PIXELS


@pytest.mark.parametrize("name", list(streams.SAMPLES))
def test_frames_are_as_many_as_the_header_says(name: str) -> None:
    frames = streams.frames(streams.sample(name))

    refused(name, *frames, frames[0])
    refused(name, *frames[:-1])
    refused(name, *frames, b"ZQ")


@settings(max_examples=15)
@pytest.mark.parametrize("name", list(streams.SAMPLES))
@given(st.data())
def test_a_cut_frame_is_refused(name: str, data: st.DataObject) -> None:
    *others, last = streams.frames(streams.sample(name))
    whole = last[:-2] if name.startswith("RLE") else last[: last.rindex(b"\xff\xd9") + 2]

    refused(name, *others, whole[: data.draw(st.integers(0, len(whole) - 1))])


@settings(max_examples=60)
@pytest.mark.parametrize("name", list(streams.SAMPLES))
@given(st.data())
def test_damage_is_cleaned_or_refused_and_nothing_else(name: str, data: st.DataObject) -> None:
    original = streams.sample(name)
    assert original.pixels is not None
    element = bytearray(streams.whole(original.pixels))
    for _ in range(data.draw(st.integers(1, 4))):
        element[data.draw(st.integers(12, min(len(element) - 1, 900)))] = data.draw(st.integers(0, 255))
    changed = streams.with_pixels(original, bytes(element))

    try:
        clean = streams.clean(changed)
    except Rejected as refusal:
        assert refusal.code == Code.BAD_PIXELS
        return

    found = streams.items(streams.whole(clean))[1:]
    assert name.startswith("RLE") or not [each for frame in found for each in strangers(frame)]


JPEGS = {
    "an unknown marker": lambda frame: frame[:2] + segment(0xF0, b"ZQX") + frame[2:],
    "a reserved marker": lambda frame: frame[:2] + segment(0x02, b"ZQX") + frame[2:],
    "two headers": lambda frame: _doubled(frame, 0xC0),
    "two scans of the same": lambda frame: frame[:-2] + frame[frame.index(b"\xff\xda") :],
    "a long header": lambda frame: _longer(frame, 0xC0),
    "a long scan header": lambda frame: _longer(frame, 0xDA),
    "a long table": lambda frame: _longer(frame, 0xDB),
    "a long code table": lambda frame: _longer(frame, 0xC4),
    "a long restart interval": lambda frame: frame[:2] + segment(0xDD, b"\0\1ZQXPLANTED") + frame[2:],
    "no scan": lambda frame: frame[: frame.index(b"\xff\xda")] + b"\xff\xd9",
    "a restart out of place": lambda frame: frame[:-2] + b"\xff\xd0ZQXPLANTED" + frame[-2:],
    "a progressive frame": lambda frame: frame.replace(b"\xff\xc0", b"\xff\xc2", 1),
    "text between markers": lambda frame: frame[:2] + b"ZQX" + frame[2:],
    "no end": lambda frame: frame[:-2],
}


def _longer(frame: bytes, marker: int) -> bytes:
    at = frame.index(bytes((0xFF, marker)))
    length = int.from_bytes(frame[at + 2 : at + 4])
    return frame[:at] + segment(marker, frame[at + 4 : at + 2 + length] + b"ZQXP") + frame[at + 2 + length :]


def _doubled(frame: bytes, marker: int) -> bytes:
    at = frame.index(bytes((0xFF, marker)))
    length = int.from_bytes(frame[at + 2 : at + 4])
    return frame[: at + 2 + length] + frame[at:]


@pytest.mark.parametrize("change", JPEGS.values(), ids=list(JPEGS))
def test_a_jpeg_frame_with_room_for_something_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    [frame] = streams.frames(streams.sample("JPEG Baseline"))

    refused("JPEG Baseline", change(frame.rstrip(b"\0")))


def test_more_restarts_than_a_scan_has_intervals_are_refused() -> None:
    [frame] = streams.frames(streams.sample("JPEG Baseline"))
    frame = frame.rstrip(b"\0")
    restarts = b"".join(bytes((0xFF, 0xD0 + number % 8)) + b"ZQX" for number in range(20_000))

    refused("JPEG Baseline", frame[:2] + segment(0xDD, b"\0\1") + frame[2:-2] + restarts + frame[-2:])


JPEGS_2000 = {
    "an unknown marker": segment(0x65, b"ZQX"),
    "packed packet headers": segment(0x60, b"\0ZQXPLANTED"),
    "a second size": None,
    "steps for too many subbands": segment(0x5D, b"\0\x40" + b"ZQXPLANTED" * 9),
    "a component that is none": segment(0x53, b"\x09\0\0\4\4\0\1"),
    "a shift with room": segment(0x5E, b"\0\0\1ZQX"),
    "an order with room": segment(0x5F, b"ZQXPLANTED"),
    "a marker without length": b"\xff\x5e\0\0",
}


@pytest.mark.parametrize("planted", JPEGS_2000.values(), ids=list(JPEGS_2000))
def test_a_codestream_with_room_for_something_is_refused(planted: bytes | None) -> None:
    [frame] = streams.frames(streams.sample("JPEG 2000"))
    at = frame.index(b"\xff\x90\x00\x0a")
    planted = planted or frame[2 : 4 + int.from_bytes(frame[4:6])]

    refused("JPEG 2000", frame[:at] + planted + frame[at:])


def test_a_jp2_file_that_maps_its_samples_is_refused() -> None:
    [frame] = streams.frames(streams.sample("JPEG 2000"))
    palette = pack(">L4s", 16, b"jp2h") + pack(">L4s", 8, b"pclr")
    file = b"\0\0\0\x0cjP  \r\n\x87\n" + palette

    refused("JPEG 2000", file + pack(">L4s", 8 + len(frame), b"jp2c") + frame)


def test_a_second_tile_part_of_the_same_number_is_refused() -> None:
    [frame] = streams.frames(streams.sample("JPEG 2000"))
    at, end = frame.index(b"\xff\x90\x00\x0a"), frame.rindex(b"\xff\xd9")
    text = b"\xff\x90\0\x0a\0\0" + pack(">L", 25) + b"\0\1\xff\x93ZQXPLANTED!"

    refused("JPEG 2000", frame[:end] + text + frame[end:])
    assert at < end


def test_a_high_throughput_codestream_is_known_by_its_capabilities() -> None:
    original = streams.sample("JPEG 2000")
    assert original.pixels is not None
    [frame] = streams.frames(original)
    size = 4 + int.from_bytes(frame[4:6])
    capable = frame[:size] + segment(0x50, b"\0\2\0\0\0\0") + segment(0x64, b"\0\1ZQX") + frame[size:]

    clean = cleaned(streams.pixels(streams.element([capable])), original.header, UID("1.2.840.10008.1.2.4.201"))

    assert b"ZQX" not in streams.whole(clean) and segment(0x50, b"\0\2\0\0\0\0") in streams.whole(clean)
    refused("JPEG 2000", frame[:size] + segment(0x50, b"\0\2\0\0\0\0ZQX") + frame[size:])


def test_native_pixels_that_are_short_or_not_native_are_refused() -> None:
    dataset = make.image(np.zeros((1, 4, 4), np.uint8))
    head = b"\xe0\x7f\x10\x00OB\0\0" + pack("<L", 14)

    for found, syntax in (
        (streams.pixels(head + bytes(14), is_encapsulated=False), make.EXPLICIT),
        (streams.pixels(head + bytes(16), is_encapsulated=False), JPEGBaseline8Bit),
        (streams.pixels(streams.element([bytes(16)])), make.EXPLICIT),
    ):
        assert isinstance(found, Pixels)
        with pytest.raises(Rejected) as refusal:
            cleaned(found, dataset, syntax)
        assert refusal.value.code == Code.BAD_PIXELS
