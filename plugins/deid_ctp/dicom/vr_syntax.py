"""Wholeness: whether the text of a VR that is no free text is what PS3.5 section 6.2 lets it be."""

import re
from datetime import date

from obia import remembered

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_CLOCK = r"(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?"
_ZONE = r"(?:[+-](?:0\d|1[0-4])[0-5]\d)?"
_PATTERNS = {
    "AS": re.compile(r"\d{3}[DWMY]", re.A),
    "DA": re.compile(r"(?P<year>\d{4})(\.?)(?P<month>\d\d)\2(?P<day>\d\d)", re.A),
    "DS": re.compile(_NUMBER, re.A),
    "DT": re.compile(rf"(?P<year>\d{{4}})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:{_CLOCK})?)?)?{_ZONE}", re.A),
    "IS": re.compile(_NUMBER, re.A),  # many write 1.0, which tells nobody
    "TM": re.compile(_CLOCK, re.A),
    "UI": re.compile(r"\d+(?:\.\d+)+", re.A),
}
_FRACTION = re.compile(r"\.(\d+)", re.A)
_REMEMBERED = 64  # bytes


def is_whole(vr: str, value: bytes) -> bool:
    """Whether each value is as its VR should be, or empty; of a VR that is none of these, any is."""
    return vr not in _PATTERNS or (_is_whole if len(value) <= _REMEMBERED else _is_whole.__wrapped__)(vr, value)


def fractions(value: bytes) -> list[str]:
    """The fractions of seconds of times."""
    return _FRACTION.findall(value.decode("latin-1")) if b"." in value else []


@remembered(4096)
def _is_whole(vr: str, value: bytes) -> bool:
    values = [each.strip(" \0") for each in value.decode("latin-1").split("\\")]
    return all(not each or _is_one(vr, each) for each in values)


def _is_one(vr: str, text: str) -> bool:
    found = _PATTERNS[vr].fullmatch(text)
    if found is None or vr not in ("DA", "DT"):
        return found is not None
    try:
        date(*(int(found[part] or 1) for part in ("year", "month", "day")))
    except ValueError:
        return False
    return True
