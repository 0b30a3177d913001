"""Dates: one patient's move together."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from obia import Patient
from obia.plugins.deid_ctp.dicom.dates import shift
from tests import make
from tests.plugins.deid_ctp.originals import PSEUDONYMS, cleaned

DAYS = st.dates(date(1920, 1, 1), date(2100, 1, 1))


@given(first=DAYS, second=DAYS, days=st.integers(-3650, -1))
def test_shifted_dates_keep_their_distance(first: date, second: date, days: int) -> None:
    moved = [shift(each.strftime("%Y%m%d"), days, False) for each in (first, second)]

    one, other = (date.fromisoformat(str(each)) for each in moved)
    assert other - one == second - first
    assert one == first + timedelta(days)


@given(
    day=DAYS,
    tail=st.sampled_from(["", "10", "1011", "101112", "101112.123456", "101112+0800", "101112.5-0330", "+0100"]),
)
def test_a_date_time_keeps_its_time_and_zone(day: date, tail: str) -> None:
    text = day.strftime("%Y%m%d")

    assert shift(text + tail, -30, True) == f"{shift(text, -30, False)}{tail}"


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ("2020-03-01", "20200229"),
        ("2020.03.01", "20200229"),
        ("20200301\\20200302", "20200229\\20200301"),
        ("20200301\\", "20200229\\"),
        (" 20200301 ", "20200229"),
        ("", ""),
    ],
)
def test_old_spellings_and_lists_of_dates_move(value: str, moved: str) -> None:
    assert shift(value, -1, False) == moved


@pytest.mark.parametrize(
    "value",
    ["2020", "202003", "20200230", "20201301", "2020-0301", "20200301-20200401", "20200301Doe", "Doe", "٢٠٢٠٠٣٠١",
     "20200301\\Doe", "00010101", "202003011"],
)  # fmt: skip
def test_what_is_no_date_cannot_be_moved(value: str) -> None:
    assert shift(value, -400, False) is None


def test_a_date_time_with_a_name_behind_it_cannot_be_moved() -> None:
    assert shift("20200301101112 Doe", -1, True) is None


@settings(max_examples=25, deadline=None)
@given(days=st.lists(st.tuples(DAYS, st.integers(0, 4), st.sampled_from(["StudyDate", "ContentDate"])), max_size=8))
def test_dates_move_by_one_offset_however_they_are_nested(days: list[tuple[date, int, str]]) -> None:
    dataset = make.header(StudyDate=None, SeriesDate=None)
    chain = [dataset]
    for _ in range(4):
        chain[-1].ReferencedSeriesSequence = [Dataset()]
        chain.append(chain[-1].ReferencedSeriesSequence[0])
    put = {(depth, keyword): day for day, depth, keyword in days}
    for (depth, keyword), day in put.items():
        setattr(chain[depth], keyword, day.strftime("%Y%m%d"))

    cleaned_chain = [cleaned(dataset).header]
    for _ in range(4):
        cleaned_chain.append(cleaned_chain[-1].ReferencedSeriesSequence[0])

    moves = {_day(cleaned_chain[depth], keyword) - day for (depth, keyword), day in put.items()}
    assert moves <= {timedelta(PSEUDONYMS.date_offset(Patient("PID-0815")))}


def test_every_date_of_a_patient_moves_by_one_offset_at_every_depth() -> None:
    inner = make.sequence(ContentDate="20200110", AcquisitionDateTime="20200111101112.5+0800")
    middle = make.sequence(StudyDate="20200109", ReferencedSeriesSequence=inner)
    dataset = make.header(StudyDate="20200108", ReferencedSeriesSequence=middle, DateOfLastCalibration=["20200101"])

    header = cleaned(dataset).header

    offset = timedelta(PSEUDONYMS.date_offset(Patient("PID-0815")))
    outer_item = header.ReferencedSeriesSequence[0]
    inner_item = outer_item.ReferencedSeriesSequence[0]
    assert _day(header, "StudyDate") == date(2020, 1, 8) + offset
    assert _day(header, "DateOfLastCalibration") == date(2020, 1, 1) + offset
    assert _day(outer_item, "StudyDate") == date(2020, 1, 9) + offset
    assert _day(inner_item, "ContentDate") == date(2020, 1, 10) + offset
    assert _day(inner_item, "AcquisitionDateTime") == date(2020, 1, 11) + offset
    assert str(inner_item.AcquisitionDateTime).endswith("101112.5+0800")


def test_a_date_with_a_time_behind_it_is_emptied_where_only_a_date_may_stand() -> None:
    dataset = make.header()
    dataset["SeriesDate"]._value = "20200131101112"

    assert not cleaned(dataset).header.SeriesDate


def test_times_of_day_stay_and_what_is_no_time_is_emptied() -> None:
    header = cleaned(make.header(StudyTime="101112.5", SeriesTime="101112")).header
    broken = make.header()
    broken["StudyTime"]._value = "call Doe"

    assert header.StudyTime == "101112.5" and header.SeriesTime == "101112"
    assert not cleaned(broken).header.StudyTime


def test_a_birth_date_is_emptied() -> None:
    header = cleaned(make.header()).header

    assert header["PatientBirthDate"].is_empty


@pytest.mark.parametrize(
    ("age", "kept"),
    [
        ("049Y", "049Y"),
        ("089Y", "089Y"),
        ("090Y", "090Y"),
        ("091Y", "090Y"),
        ("103Y", "090Y"),
        ("120M", "120M"),
        ("000D", "000D"),
    ],
)
def test_ages_over_89_are_capped(age: str, kept: str) -> None:
    assert cleaned(make.header(PatientAge=age)).header.PatientAge == kept


def test_an_age_that_is_none_is_emptied() -> None:
    dataset = make.header()
    dataset["PatientAge"]._value = "95"

    assert not cleaned(dataset).header.PatientAge


def _day(dataset: Dataset, keyword: str) -> date:
    return date.fromisoformat(str(dataset[keyword].value)[:8])
