"""Written days: the dates inside a text, moved by a patient's own days in the form they are written in."""

import re
from collections.abc import Callable, Container
from datetime import date, timedelta

from obia.plugins.deid_ctp.identifiers.date_forms import MONTHS, Day

_BETWEEN = r"(?:[-./_]|, ?| )"
_NAME = rf"({'|'.join(MONTHS)})([a-z]{{0,6}}\.?)"
_FULL = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)", re.A)
_YEAR_FIRST = re.compile(
    rf"(?<!\d)(\d{{4}})({_BETWEEN}|[年년] ?)(\d{{1,2}})({_BETWEEN}|[月월] ?)(\d{{1,2}})(?!\d)", re.A
)
_YEAR_LAST = re.compile(rf"(?<!\d)(\d{{1,2}})({_BETWEEN})(\d{{1,2}})({_BETWEEN})(\d{{4}})(?!\d)", re.A)
_DAY_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}})((?:st|nd|rd|th)?(?: of)?[-./_,' ]{{0,2}}){_NAME}([-./_,' ]{{0,2}})(\d{{4}})(?!\d)",
    re.A | re.I,
)
_NAME_DAY = re.compile(
    rf"(?<![a-z]){_NAME}([-./_ ]{{0,2}})(\d{{1,2}})((?:st|nd|rd|th)?[-./_,' ]{{1,3}})(\d{{4}})(?!\d)", re.A | re.I
)
_ANY = re.compile(r"\d{4}", re.A)


def moved(text: str, days: int, known: Container[Day], births: Container[Day] = ()) -> str:
    """Return a text with every date in it moved; one whose day and month cannot be told apart is taken away.

    `known` are the patient's own days: they tell which of 03/04/2019 is the month. `births` stay as they are: a moved
    one would tell the age to the day, and whoever knows the days the day itself.
    """
    if _ANY.search(text) is None:
        return text
    text = _COMPACT.sub(lambda found: _moved(found, (1, 2, 3), days, births), text)
    text = _YEAR_FIRST.sub(lambda found: _moved(found, (1, 3, 5), days, births), text)
    text = _YEAR_LAST.sub(lambda found: _moved(found, _order(found, known), days, births), text)
    text = _DAY_NAME.sub(lambda found: _named(found, (6, 3, 1), days, births), text)
    return _NAME_DAY.sub(lambda found: _named(found, (6, 1, 4), days, births), text)


def _order(found: re.Match[str], known: Container[Day]) -> tuple[int, int, int] | None:
    """The places of year, month and day in `23.08.2019` or `8/23/2019`; None where nothing tells."""
    first, second, year = int(found[1]), int(found[3]), int(found[5])
    if first == second or first > 12 or (year, second, first) in known:
        return 5, 3, 1
    if second > 12 or (year, first, second) in known:
        return 5, 1, 3
    return None


def _moved(found: re.Match[str], places: tuple[int, int, int] | None, days: int, births: Container[Day]) -> str:
    if places is None:
        return ""
    year, month, date_ = places
    day = _shifted(int(found[year]), int(found[month]), int(found[date_]), days, births)
    if day is None:
        return found[0]  # no day of any calendar, or not to be moved
    parts = list(found.groups())
    for place, number in zip(places, (day.year, day.month, day.day), strict=True):
        parts[place - 1] = f"{number:0{_width(found[place])}d}"
    return "".join(parts)


def _named(found: re.Match[str], places: tuple[int, int, int], days: int, births: Container[Day]) -> str:
    """Move a date whose month is a name; its abbreviation stays one, its letters as large as they were."""
    year, month, date_ = places
    day = _shifted(int(found[year]), MONTHS[found[month].lower()], int(found[date_]), days, births)
    if day is None:
        return found[0]
    parts = list(found.groups())
    parts[year - 1], parts[date_ - 1] = f"{day.year:04d}", f"{day.day:0{_width(found[date_])}d}"
    full = _FULL[day.month - 1]
    is_short = len(found[month + 1].rstrip(".")) == 0 and found[month].lower() != "may"
    name = full[:3] if is_short else full
    dot = "." if found[month + 1].endswith(".") else ""
    cased: Callable[[str], str] = str.upper if found[month].isupper() else str.lower if found[month].islower() else str
    parts[month - 1], parts[month] = cased(name), dot
    return "".join(parts)


def _shifted(year: int, month: int, day: int, days: int, births: Container[Day]) -> date | None:
    if (year, month, day) in births:
        return None
    try:
        return date(year, month, day) + timedelta(days)
    except (ValueError, OverflowError):
        return None


def _width(digits: str) -> int:
    """How many digits a number is written with: as before where it had a leading zero, or needed none."""
    return len(digits) if digits.startswith("0") or len(digits) > 2 else 1 if len(digits) == 1 else 2
