"""What the qc plugin finds."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.uid import MRSpectroscopyStorage, RTDoseStorage

from obia import Clean, Code, Finding, Level, Original, PluginCode, RawCheck, Rejected, SeriesSummary, SubmissionSummary
from obia.plugins.qc.header import HeaderCheck
from obia.plugins.qc.image import ImageCheck
from obia.plugins.qc.pixels import PixelCheck
from obia.plugins.qc.plugin import register_checks
from obia.plugins.qc.series import SeriesNumbersCheck
from obia.plugins.qc.submission import OutcomeCheck
from obia.server.intake.digest import dataset_digest
from obia.server.intake.reading import read
from obia.server.pixels import frames
from tests import bad_input, make
from tests.bad_input import Case, Stage

RAW: tuple[RawCheck, ...] = (HeaderCheck(), PixelCheck())
CASES = bad_input.cases()


def original(path: Path) -> Original:
    return read(path, "a1b2", "OBIA0001")


def codes(found: Original) -> list[Code | PluginCode]:
    return [finding.code for check in RAW for finding in check.check_raw(found)]


def clean(path: Path) -> Clean:
    """The original as if it were clean: the check sees nothing but its pixels."""
    found = original(path)
    pixels = found.pixels
    assert pixels is not None
    blank = Clean("a1b2", found.kind, found.meta, found.header, pixels)
    return replace(blank, frames=lambda: frames(found.meta, found.header, pixels))


@pytest.mark.parametrize("case", [case for case in CASES if case.stage is Stage.QC], ids=lambda case: case.name)
def test_a_raw_check_finds_bad_input(case: Case, tmp_path: Path) -> None:
    assert codes(original(case.at(tmp_path))) == [case.code]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.stage in (Stage.NOBODY, Stage.INTAKE)], ids=lambda case: case.name
)
def test_raw_checks_find_nothing_in_what_is_sound(case: Case, tmp_path: Path) -> None:
    assert codes(original(case.at(tmp_path))) == []


def test_raw_checks_leave_the_digest_as_it_was(tmp_path: Path) -> None:
    found, untouched = original(make.file(tmp_path / "x.dcm")), original(tmp_path / "x.dcm")

    codes(found)

    assert [type(element) for _, element in found.header.items()] == [
        type(element) for _, element in untouched.header.items()
    ]
    assert dataset_digest(found, b"key") == dataset_digest(untouched, b"key")


def test_spectra_have_rows_and_no_pixels(tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.header(SOPClassUID=MRSpectroscopyStorage, Rows=1, Columns=1))

    assert codes(original(path)) == []


def test_a_dose_without_a_grid_needs_no_pixels(tmp_path: Path) -> None:
    assert codes(original(make.file(tmp_path / "x.dcm", make.header(SOPClassUID=RTDoseStorage)))) == []


def test_zeros_behind_the_pixels_are_padding_and_anything_else_is_not(tmp_path: Path) -> None:
    pixels = make.array().tobytes()
    padded = make.file(tmp_path / "padded", make.image(None, PixelData=pixels + bytes(128)))
    hiding = make.file(tmp_path / "hiding", make.image(None, PixelData=pixels + b"Doe^Jane" * 16))

    assert codes(original(padded)) == []
    assert codes(original(hiding)) == [Code.BAD_PIXELS]


@pytest.mark.parametrize("syntax", (make.RLE, make.J2K, make.JPEG), ids=lambda syntax: syntax.keyword)
def test_compressed_frames_agree_with_their_header(syntax: object, tmp_path: Path) -> None:
    dataset = make.image(make.array(bits=8, frames=3, samples=3))

    assert codes(original(make.file(tmp_path / "x.dcm", dataset, syntax))) == []  # type: ignore[arg-type]


def test_a_codestream_that_cannot_be_decoded_is_a_failure(tmp_path: Path) -> None:
    [broken] = [case for case in CASES if case.name == "a codestream that is broken"]

    found = list(ImageCheck().check_instance(clean(broken.at(tmp_path))))

    assert found == [Finding(Code.BAD_PIXELS, Level.FAILURE, check="qc_image")]


def test_what_we_cannot_decode_is_a_warning(tmp_path: Path) -> None:
    def unsupported() -> object:
        raise Rejected("no decoder", Code.UNSUPPORTED)

    instance = replace(clean(make.file(tmp_path / "x.dcm", make.image(), make.J2K)), frames=unsupported)  # type: ignore[arg-type]

    assert [each.level for each in ImageCheck().check_instance(instance)] == [Level.WARNING]


def test_sound_pixels_are_no_finding(tmp_path: Path) -> None:
    assert not list(ImageCheck().check_instance(clean(make.file(tmp_path / "x.dcm", make.image(), make.J2K))))


@pytest.mark.parametrize(
    ("numbers", "expected"), [((1, 2, 3), []), ((1, 2, 2), [Level.WARNING]), ((None, None, 1), [])]
)
def test_a_series_with_equal_numbers_is_a_warning(numbers: Iterable[int | None], expected: list[Level]) -> None:
    series = SeriesSummary("2.25.1", "CT", tuple({"number": number} for number in numbers))

    assert [each.level for each in SeriesNumbersCheck().check_series(series)] == expected


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ({"ACCEPTED": 9, "NOT_DICOM": 1}, []),
        ({"ACCEPTED": 1, "DUPLICATE": 1, "NOT_DICOM": 2}, [Code.REFUSED]),
        ({}, []),
    ],
)
def test_a_submission_that_is_mostly_refused_is_a_warning(outcomes: dict[str, int], expected: list[Code]) -> None:
    submission = SubmissionSummary("s1", "OBIA0001", outcomes)

    assert [each.code for each in OutcomeCheck().check_submission(submission)] == expected


def test_the_plugin_registers_checks_of_four_scopes() -> None:
    names = [check.name for check in register_checks(None)]  # type: ignore[arg-type]

    assert names == ["qc_header", "qc_pixels", "qc_image", "qc_series", "qc_submission"]
