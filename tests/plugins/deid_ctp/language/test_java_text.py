"""Java's ways: facts that a Java 17 has shown."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.plugins.deid_ctp.language.java_calendar import compact, date_of, day_number
from obia.plugins.deid_ctp.language.java_text import double_text, float_text, integer, md5_number, real, trim


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.25, "1.25"),
        (1e7, "1.0E7"),
        (1e-3, "0.001"),
        (9.999e-4, "9.999E-4"),
        (100.0, "100.0"),
        (1234567.0, "1234567.0"),
        (12345678.0, "1.2345678E7"),
        (0.10000000149011612, "0.10000000149011612"),
        (-0.0, "-0.0"),
        (-1.5, "-1.5"),
        (1e21 / 7, "1.4285714285714286E20"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_a_double_is_written_as_java_writes_it(number: float, text: str) -> None:
    assert double_text(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.25, "1.25"), (1e7, "1.0E7"), (1e-3, "0.001"), (3.3, "3.3"), (16777216, "1.6777216E7"), (0.1, "0.1")],
)
def test_a_float_is_written_as_java_writes_it(number: float, text: str) -> None:
    (single,) = struct.unpack("f", struct.pack("f", number))

    assert float_text(single) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_is_read_back_as_it_was(number: float) -> None:
    assert real(double_text(number)) == number


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_is_read_back_as_it_was(number: float) -> None:
    read = real(float_text(number))

    assert read is not None and struct.pack("f", read) == struct.pack("f", number)


@pytest.mark.parametrize(
    ("text", "number"),
    [("5", 5), ("+5", 5), ("-5", -5), ("007", 7), ("", None), (" 5", None), ("5.0", None), ("2147483647", 2**31 - 1),
     ("2147483648", None), ("9" * 5000, None), ("٣", None)],
)  # fmt: skip
def test_an_integer_is_read_as_java_reads_it(text: str, number: int | None) -> None:
    assert integer(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1.5f", 1.5),
        (" 2 ", 2.0),
        ("", None),
        ("x", None),
        ("1_0", None),
    ],
)
def test_a_real_number_is_read_as_java_reads_it(text: str, number: float | None) -> None:
    assert real(text) == number


def test_trim_takes_control_characters_and_leaves_wide_spaces() -> None:
    assert trim("\x00\t \x1fa b\u00a0\x1c") == "a b\u00a0"


def test_the_hash_of_nothing_is_a_number_of_39_digits() -> None:
    assert md5_number("") == "281949768489412648962353822266799178366"


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ((2001, 2, 30), "20010302"),
        ((2020, 13, 32), "20210201"),
        ((0, 0, 0), "00021130"),
        ((1582, 10, 15), "15821015"),
        ((1582, 10, 5), "15821015"),  # the ten days that never were
        ((1582, 10, 4), "15821004"),
        ((1900, 2, 29), "19000301"),
        ((1500, 2, 29), "15000229"),  # Julian: a leap year
        ((12345, 1, 1), "123450101"),
    ],
)
def test_a_lenient_calendar_runs_over(date: tuple[int, int, int], text: str) -> None:
    assert compact(day_number(*date)) == text


@given(st.integers(1_721_424, 5_000_000))
def test_a_day_is_found_again_by_its_date(number: int) -> None:
    assert day_number(*date_of(number)) == number


@given(st.integers(1_721_424, 5_000_000), st.integers(0, 100_000))
def test_dates_of_later_days_are_later(number: int, days: int) -> None:
    assert date_of(number) <= date_of(number + days)
