"""Dates: one patient's move together, by whole days, so that intervals survive (PS3.15 E.3.6)."""

import re
from datetime import date

from obia import remembered

_DATE = re.compile(r"(\d{4})([-.]?)(\d\d)\2(\d\d)(.*)", re.A | re.S)
_CLOCK = re.compile(r"(?:\d\d(?:\d\d(?:\d\d(?:\.\d{1,6})?)?)?)?(?:[+-]\d{4})?", re.A)


@remembered(4096)
def shift(value: str, days: int, may_hold_time: bool) -> str | None:
    """Move every value of a DA or DT; time of day and time zone stay. None where one of them is not a date."""
    moved = [_shift_one(each.strip(" \0"), days, may_hold_time) for each in value.split("\\")]
    return None if None in moved else "\\".join(str(each) for each in moved)


def _shift_one(text: str, days: int, may_hold_time: bool) -> str | None:
    if not text:
        return text
    found = _DATE.fullmatch(text)
    if found is None or (found[5] and not may_hold_time) or not _CLOCK.fullmatch(found[5]):
        return None
    try:
        moved = date(int(found[1]), int(found[3]), int(found[4])).toordinal() + days
        return date.fromordinal(moved).isoformat().replace("-", "") + found[5]
    except (ValueError, OverflowError):
        return None
