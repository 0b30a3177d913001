"""The border: whatever a file makes a library raise, the file ends with a code and the rest of its batch is taken."""

import errno
from pathlib import Path

import pytest
from pydicom.uid import UID

from obia.schema.errors import Code, NotFound, Rejected
from obia.server.border import guarded
from obia.server.intake.reading import read
from obia.server.pixels import preview
from tests import bad_input, make, zones

VRS = ("US", "SS", "UL", "SL", "AT", "FL", "FD", "OB", "OW", "UN", "SQ", "DS", "IS", "PN", "ZZ", "EI")


class Panic(BaseException):
    """As `pyo3_runtime.PanicException`: no Exception."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Panic("ZQPLANTED"), Code.BAD_PIXELS),
        (ValueError("ZQPLANTED"), Code.BAD_PIXELS),
        (RecursionError("ZQPLANTED"), Code.BAD_PIXELS),
        (MemoryError("ZQPLANTED"), Code.TOO_LARGE),
        (OSError(errno.EIO, "ZQPLANTED"), Code.UNREADABLE),
    ],
    ids=repr,
)
def test_what_a_library_raises_refuses_the_file_and_its_words_are_gone(error: BaseException, code: Code) -> None:
    with pytest.raises(Rejected) as refusal:
        guarded(lambda: _raise(error), "intake a1b2", Code.BAD_PIXELS)

    assert refusal.value.code == code
    assert refusal.value.message.startswith("intake a1b2 ")
    assert "ZQPLANTED" not in refusal.value.message
    assert refusal.value.__context__ is None


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(), GeneratorExit(), OSError(errno.ENOSPC, "full"), NotFound("none")],
    ids=repr,
)
def test_what_has_to_stop_the_run_passes(error: BaseException) -> None:
    with pytest.raises(type(error)):
        guarded(lambda: _raise(error), "intake a1b2", Code.BAD_PIXELS)


def test_an_error_of_the_store_passes() -> None:
    with pytest.raises(OSError, match="store"):
        guarded(lambda: _raise(OSError(errno.EIO, "store")), "intake a1b2", Code.BAD_PIXELS, is_writing=True)


def test_a_frame_that_makes_a_decoder_panic_ends_no_batch(tmp_path: Path) -> None:
    files = [make.file(tmp_path / f"{number}.dcm", bad_input.good()) for number in range(3)]
    files[1].write_bytes(bad_input.panicking())

    ends = [item.code for item in zones.taken(zones.zone(tmp_path / "home"), files)]

    assert (ends[0], ends[2]) == (None, None)
    assert ends[1] in (None, Code.BAD_PIXELS)


def test_a_preview_of_a_frame_that_makes_a_decoder_panic_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stored.dcm"
    path.write_bytes(bad_input.panicking())

    with pytest.raises(Rejected) as refusal:
        preview(path)

    assert refusal.value.code == Code.BAD_PIXELS


@pytest.mark.parametrize("syntax", [make.EXPLICIT, make.RLE, make.DEFLATED], ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("vr", VRS)
def test_a_transfer_syntax_of_another_vr_ends_no_batch(vr: str, syntax: UID, tmp_path: Path) -> None:
    files = [make.file(tmp_path / f"{number}.dcm", bad_input.good(), syntax) for number in range(3)]
    files[1].write_bytes(bad_input.with_meta_vr(files[1].read_bytes(), vr))

    ends = [item.code for item in zones.taken(zones.zone(tmp_path / "home"), files)]

    assert (ends[0], ends[2]) == (None, None)
    assert ends[1] is None or ends[1] in set(Code)


@pytest.mark.parametrize("vr", VRS)
def test_reading_raises_nothing_but_rejected(vr: str, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(bad_input.with_meta_vr(make.data(bad_input.good()), vr))

    try:
        read(path, "a1b2", "OBIA0001")
    except Rejected as refusal:
        assert refusal.message.startswith("intake a1b2: ")


def _raise(error: BaseException) -> None:
    raise error
