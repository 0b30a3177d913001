"""Hostile files: whatever the bytes, the answer is a status, and never in the one process that asks."""

import os
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian

from obia.plugins.deid_ctp.pixels import decoding
from obia.plugins.deid_ctp.pixels.redaction import Mode, redact, redact_regions
from tests import make
from tests.plugins.deid_ctp.pixels.images import real, see

NAMES = [
    "MR_small.dcm",
    "MR_small_RLE.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "JPEG2000.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "JPGExtended.dcm",
    "image_dfl.dcm",
    "examples_palette.dcm",
    "liver_1frame.dcm",
    "MR_small_bigendian.dcm",
]
STATUSES = ("OK", "SKIP", "QUARANTINE", "NOTIMAGE", "NOREGION", "NOMATCH")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(NAMES), st.sampled_from(["strict", "safe"]))
def test_a_damaged_file_gets_a_status(data: st.DataObject, name: str, mode: Mode) -> None:
    file = bytearray(real(name))
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(132, min(len(file), 3000) - 1) | st.integers(0, len(file) - 1))
        file[place] = data.draw(st.integers(0, 255))
    del file[data.draw(st.integers(0, len(file)) | st.just(len(file))) :]

    outcome = redact(bytes(file), "{true.} (3,4,9,9) (-2,-2,5,5)", burned_in=True, mode=mode)

    assert outcome.status in STATUSES
    assert (outcome.data is not None) == (outcome.status in ("OK", "SKIP"))


def test_a_frame_that_kills_its_decoder_is_quarantined_and_the_next_one_is_decoded() -> None:
    file = real("SC_rgb_jpeg_gdcm.dcm")
    start = file.index(b"\xff\xd8\xff\xee")
    killer = file[: start + 3] + b"\0" + file[start + 4 :]  # GDCM ends its process over this marker

    outcome = redact_regions(killer, [(3, 4, 20, 9)], mode="safe")

    assert outcome.status == "QUARANTINE"
    assert redact_regions(file, [(3, 4, 20, 9)], mode="safe").status == "OK"


def test_a_decoder_that_is_gone_is_started_anew() -> None:
    file = real("MR_small_jpeg_ls_lossless.dcm")
    assert redact_regions(file, [(3, 4, 20, 9)], mode="safe").status == "OK"
    decoding._child(os.getpid()).end()

    redact_regions(file, [(3, 4, 20, 9)], mode="safe")

    assert redact_regions(file, [(3, 4, 20, 9)], mode="safe").status == "OK"


def test_a_deflated_bomb_is_refused_before_it_is_inflated() -> None:
    file = make.data(make.image(), DeflatedExplicitVRLittleEndian)
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = (stream.compress(bytes(1 << 24)) + stream.flush(zlib.Z_FULL_FLUSH)) * 33
    meta = file[: 144 + struct.unpack_from("<I", file, 140)[0]]

    outcome = redact_regions(meta + bomb, [(3, 4, 20, 9)], mode="safe")

    assert outcome.status == "QUARANTINE"
    assert "inflates" in outcome.reason


@pytest.mark.parametrize("depth", [50, 10_000])
def test_depth_of_sequences_is_no_matter(depth: int) -> None:
    file = make.data(make.image())
    at = file.index(struct.pack("<HH", 0x0028, 0x0002))
    begin = struct.pack("<HH2sHIHHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF)
    end = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)

    outcome = redact_regions(file[:at] + begin * depth + end * depth + file[at:], [(3, 4, 20, 9)], mode="safe")

    assert outcome.status == "OK"
    if depth < 100:
        assert not see(outcome.data).inside(3, 4, 23, 13).any()


def test_a_reason_never_quotes_the_file() -> None:
    file = bytearray(real("MR_small_RLE.dcm"))
    at = file.index(b"1.2.840.10008.1.2.5")
    file[at : at + 19] = b"1.2.840.Doe^Jane.77"

    outcome = redact_regions(bytes(file), [(3, 4, 20, 9)], mode="safe")

    assert outcome.status == "QUARANTINE"
    assert "Doe" not in outcome.reason


def test_zeros_behind_the_pixels_are_no_elements() -> None:
    file = make.data(make.image())

    assert redact_regions(file + bytes(100), [(3, 4, 20, 9)]).status == "OK"
