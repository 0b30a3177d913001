"""Days: the ways in which one day is written into text and into numbers."""

import re
from collections.abc import Iterator

from obia import remembered

Day = tuple[int, int, int]  # year, month, day; a year below 100 was written with two digits

_TOGETHER = 7  # digits: fewer are somebody's day by chance
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_NAME = f"({'|'.join(_NAMES)})[a-z]{{0,6}}"
_ORDINAL = "(?:st|nd|rd|th)?(?: of)?"
_BETWEEN = "[-./_,| ]{1,2}"
_MAYBE_BETWEEN = "[-./_,' ]{0,2}"
_END = r"(?!\d)"

_YEAR_FIRST = re.compile(
    rf"(?<!\d)(\d{{4}}|\d\d(?=[年년]))(?:{_BETWEEN}|[年년] ?)(\d{{1,2}})(?:{_BETWEEN}|[月월] ?)(\d{{1,2}}){_END}", re.A
)
_YEAR_LAST = re.compile(rf"(?<!\d)(?=(\d{{1,2}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{4}}){_END})", re.A)
_SHORT = re.compile(rf"(?<!\d)(?=(\d\d)([-./_ ]?)(\d\d)\2(\d\d){_END})", re.A)
_LOOSE = re.compile(rf"(?<!\d)(?=(\d{{1,2}})[-./](\d{{1,2}})[-./](\d\d){_END})", re.A)
_NAMED = re.compile(_NAME)
_YEAR_NAME = re.compile(rf"(?<!\d)(\d{{4}}){_MAYBE_BETWEEN}{_NAME}{_MAYBE_BETWEEN}(\d{{1,2}}){_END}", re.A)
_DAY_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}}){_ORDINAL}{_MAYBE_BETWEEN}{_NAME}{_MAYBE_BETWEEN}(\d{{4}}|\d\d){_END}", re.A
)
_NAME_DAY = re.compile(rf"{_NAME}{_MAYBE_BETWEEN}(\d{{1,2}}){_ORDINAL}[-./_,' ]{{1,3}}(\d{{4}}|\d\d){_END}", re.A)


def days_in(text: str) -> Iterator[Day]:
    """Yield every day that plain text may tell: `2019-8-23`, `23.08.2019`, `8/23/2019`, `190823`, `23 aug 2019`,
    `aug 23, 2019`, `2019年8月23日`. What could be day and month, or month and day, is told both ways."""
    for year, month, day in _YEAR_FIRST.findall(text):
        yield int(year), int(month), int(day)
    for first, second, year in _YEAR_LAST.findall(text):
        yield int(year), int(second), int(first)
        yield int(year), int(first), int(second)
    for first, _, second, third in _SHORT.findall(text):
        if max(first, second, third) <= "01":
            continue  # `01.01.00` is a version, and the day a placeholder
        yield int(first), int(second), int(third)
        yield int(third), int(second), int(first)
        yield int(third), int(first), int(second)
    for first, second, year in _LOOSE.findall(text):
        yield int(year), int(second), int(first)
        yield int(year), int(first), int(second)
    if _NAMED.search(text) is not None:
        yield from _named(text)


def _named(text: str) -> Iterator[Day]:
    for year, name, day in _YEAR_NAME.findall(text):
        yield int(year), MONTHS[name], int(day)
    for day, name, year in _DAY_NAME.findall(text):
        yield int(year), MONTHS[name], int(day)
    for name, day, year in _NAME_DAY.findall(text):
        yield int(year), MONTHS[name], int(day)


@remembered(4096)
def digits_of(day: Day) -> frozenset[str]:
    """Return the eight digits of a day, year first or last."""
    year, month, date = f"{day[0]:04}", f"{day[1]:02}", f"{day[2]:02}"
    return frozenset((year + month + date, date + month + year, month + date + year))


@remembered(4096)
def together(day: Day) -> frozenset[str]:
    """Return the digits of a day whose parts stand side by side as numbers, with and without leading zeros."""
    year = str(day[0])
    pairs = {(f"{day[1]:{one}}", f"{day[2]:{other}}") for one in ("", "02") for other in ("", "02")}
    orders = {(year, m, d) for m, d in pairs} | {(d, m, year) for m, d in pairs} | {(m, d, year) for m, d in pairs}
    numbers = ("".join(order).lstrip("0") for order in orders)
    return frozenset(number for number in numbers if len(number) >= _TOGETHER)


@remembered(4096)
def as_bytes(day: Day) -> frozenset[bytes]:
    """Return a day as it is looked for in bytes of no known kind."""
    year, month, date = f"{day[0]:04}", f"{day[1]:02}", f"{day[2]:02}"
    orders = ((year, month, date), (date, month, year), (month, date, year))
    return frozenset(between.join(order).encode() for order in orders for between in ("", "-", ".", "/"))
