"""Real pixels: every compressed file of three packages decodes after cleaning to what it decoded before."""

import tracemalloc
from pathlib import Path

import pytest
from pydicom.uid import RLELossless

from obia import Code, Rejected
from obia.server.intake.reading import read
from tests.plugins.deid_ctp.codestreams import streams
from tests.plugins.deid_ctp.codestreams.walker import strangers

pytestmark = pytest.mark.filterwarnings("ignore")

BROKEN = {"JPEG2000-embedded-sequence-delimiter.dcm"}  # it decodes to nothing, and the quality check refuses it
FILES = list(streams.compressed())


def test_there_are_files_of_every_family() -> None:
    syntaxes = {read(path, "intake", "OBIA0001").kind.transfer_syntax for path in FILES}

    assert len(FILES) > 50 and len(syntaxes) >= 8


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_pixels_decode_to_what_they_were(path: Path) -> None:
    original = read(path, "intake", "OBIA0001")
    if path.name in BROKEN:
        with pytest.raises(Rejected):
            streams.clean(original)
        return

    clean = streams.clean(original)

    element = streams.whole(clean)
    again = streams.with_pixels(original, element)
    assert streams.clean(again) is again.pixels
    assert clean is original.pixels or streams.is_same(streams.decoded(original), streams.decoded(original, clean))
    if original.kind.transfer_syntax != RLELossless:
        assert not [each for frame in streams.items(element)[1:] for each in strangers(frame)]


@pytest.mark.parametrize("name", ["color3d_jpeg_baseline.dcm", "RG1_J2KR.dcm", "examples_jpeg2k.dcm"])
def test_cleaning_holds_few_bytes_however_many_there_are(name: str) -> None:
    original = read(next(path for path in FILES if path.name == name), "intake", "OBIA0001")
    streams.clean(original)

    tracemalloc.start()
    with streams.clean(original).opener() as stream:
        while stream.read(64 << 10):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 600_000


def test_what_is_broken_decodes_to_nothing() -> None:
    broken = [read(path, "intake", "OBIA0001") for path in FILES if path.name in BROKEN]

    assert [streams.decoded(each) for each in broken] == [Code.BAD_PIXELS] * len(BROKEN)
