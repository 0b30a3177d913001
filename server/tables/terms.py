"""Terms of clinical tables: sexes, ages, dates, and what free text must not say."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from obia.schema.graph import Sex

OLDEST = 90  # whole years; whoever is older is 90, since few are (45 CFR 164.514(b)(2)(i)(C))

_SEXES: Mapping[str, Sex] = {
    **dict.fromkeys(("f", "female", "woman", "w", "女", "女性"), Sex.FEMALE),
    **dict.fromkeys(("m", "male", "man", "男", "男性"), Sex.MALE),
    **dict.fromkeys(("o", "other", "其他"), Sex.OTHER),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTIAL = re.compile(r"[0-9]{4}(-[0-9]{2})?")
_FIRST_YEAR = 1800

_AGE = re.compile(r"([0-9]{1,5}(?:\.[0-9]+)?)\s*([a-z岁月周天]*)")
_YEARS: Mapping[str, float] = {
    **dict.fromkeys(("", "y", "yr", "yrs", "year", "years", "岁"), 1.0),
    **dict.fromkeys(("m", "mo", "month", "months", "月"), 1 / 12),
    **dict.fromkeys(("w", "week", "weeks", "周"), 7 / 365.25),
    **dict.fromkeys(("d", "day", "days", "天"), 1 / 365.25),
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|年龄")

# Dates as people write them: 2020-01-31, 31.01.2020, 2020年1月31日, 20200131, 31 January 2020, January 31, 2020.
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE_IN_WORDS = re.compile(
    rf"""(?<![0-9]) (?:
      (?:1[89]|20)[0-9]{{2}} \s*[-/.年]\s* [0-9]{{1,2}} \s*[-/.月]\s* [0-9]{{1,2}}
    | [0-9]{{1,2}} \s*[-/.]\s* [0-9]{{1,2}} \s*[-/.]\s* (?:1[89]|20)?[0-9]{{2}}
    | (?:1[89]|20)[0-9]{{2}} (?:0[1-9]|1[0-2]) (?:0[1-9]|[12][0-9]|3[01])
    | [0-9]{{1,2}} (?:st|nd|rd|th)? [\s-]+ {_MONTH} [\s,-]+ (?:1[89]|20)[0-9]{{2}}
    ) (?![0-9])
    | \b{_MONTH} \s+ [0-9]{{1,2}} (?:st|nd|rd|th)? ,? \s+ (?:1[89]|20)[0-9]{{2}} (?![0-9])""",
    re.VERBOSE | re.IGNORECASE,
)
_OLD_IN_WORDS = re.compile(r"(?<![0-9.])(?:9[1-9]|1[0-4][0-9])[\s-]*(?:years?\b|yrs?\b|y\.?/?o\b|岁)", re.IGNORECASE)


class Unusable(ValueError):
    """What a cell holds cannot be used; the text says why, never what."""


def sex_of(text: str) -> str:
    """The sex a word names. Raises Unusable."""
    found = _SEXES.get(text.casefold())
    if found is None:
        raise Unusable("is none of F, M, O, FEMALE, MALE, OTHER")
    return found.value


def day_of(text: str) -> date:
    """A full date in ISO 8601. Raises Unusable, also for a year or a month alone: shifted by days it means nothing."""
    if _PARTIAL.fullmatch(text):
        raise Unusable("is a part of a date, which cannot be moved; give the day, or leave it empty")
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or found.year < _FIRST_YEAR:
        raise Unusable("is no date like 2020-01-31")
    return found


def shifted(day: date, offset: int) -> str:
    """The day moved by a patient's own offset."""
    return (day + timedelta(days=offset)).isoformat()


def is_age(code: str) -> bool:
    """Whether a code speaks of an age: `age`, `AGE_AT_DIAGNOSIS`, `ageAtOnset`."""
    return any(word.casefold() in ("age", "ages", "年龄") for word in _WORD.findall(code))


def capped(age: str) -> str:
    """An age as it stands, or 90 for whoever is older. Raises Unusable for what is no number with a unit."""
    found = _AGE.fullmatch(age.casefold())
    if found is None or found[2] not in _YEARS:
        raise Unusable("is no age: a number, with Y, M, W or D behind it unless it means years")
    return age if float(found[1]) * _YEARS[found[2]] < OLDEST else str(OLDEST)


def demand_free_of_dates(text: str) -> None:
    """Raise Unusable for text with a date in it, which would not be moved, or an age over 89."""
    if _DATE_IN_WORDS.search(text):
        raise Unusable("holds a date, which cannot be moved there; put it into the column date")
    if _OLD_IN_WORDS.search(text):
        raise Unusable("speaks of an age over 89; write 90, or leave it out")
