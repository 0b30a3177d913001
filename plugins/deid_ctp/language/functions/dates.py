"""Dates: moved, cut to parts, counted from another day; and ages and the like rounded."""

import math
import re
from collections.abc import Callable
from fractions import Fraction

from obia.plugins.deid_ctp.dicom.dates import shift
from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.directives import EMPTY, REMOVE
from obia.plugins.deid_ctp.language.functions.lookups import look_up
from obia.plugins.deid_ctp.language.functions.parameters import number, parameter
from obia.plugins.deid_ctp.language.java_calendar import compact, date_of, day_number
from obia.plugins.deid_ctp.language.java_text import integer, trim
from obia.plugins.deid_ctp.outcome import Missed, Quarantined

_LEAST = 8  # characters of a date
_DASHED = 10  # of one with dashes
_YEARS_OF_HASH = 3650  # days
_FILLERS = str.maketrans("", "", "@:T- ")
_DAY = re.compile(r"\d{8}", re.A)
_CLOCK = re.compile(r"\d*(?:\.\d*)?", re.A)
_DIGIT = re.compile(r"\d", re.A)
_NO_DIGIT = re.compile(r"\D", re.A)
_SLASHED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{1,9})", re.A)
_DECIMAL = re.compile(r"[+-]?\d{1,15}\.\d{0,15}", re.A)  # CTP takes 82.5 for 825
_MOST_DAYS = 10**11  # beyond, Java's milliseconds overflow


def _incrementdate(call: Call) -> str | Step:
    """Every date of a value moves, by days or by the days that a table gives for another element."""
    if not call.expect(2, 3) and not call.arguments:
        return EMPTY
    reference = call.reference(0)
    if len(call.arguments) == 3:
        return _by_table(call)
    days = call.argument(1)

    def step(evaluation: Evaluation) -> str:
        value = evaluation.value(reference)
        return REMOVE if value is None else moved(evaluation, value, _days(evaluation, days))

    return step


def _by_table(call: Call) -> Step:
    reference, key, kind = call.reference(0), call.reference(1), call.argument(2)

    def step(evaluation: Evaluation) -> str:
        value = evaluation.value(reference)
        if value is None:
            return REMOVE
        try:
            found = look_up(evaluation, parameter(evaluation, kind) or "", trim(evaluation.value(key) or ""))
        except Quarantined:
            return EMPTY
        return moved(evaluation, value, None if found is None else integer(found, 64))

    return step


def _days(evaluation: Evaluation, text: str) -> int | None:
    value = parameter(evaluation, text)
    return None if value is None else integer(trim(value), 64)


def moved(evaluation: Evaluation, value: str, days: int | None) -> str:
    """Move every date of a value; empty what cannot be moved."""
    if days is None or abs(days) > _MOST_DAYS:
        return EMPTY
    if not evaluation.is_strict:
        shifted = shift(value, days, evaluation.vr != "DA")
        return EMPTY if shifted is None else shifted
    return _each(value, lambda number, *_: number + days)


def _each(value: str, change: Callable[[int, int, int, int], int]) -> str:
    """Change every date of a value as CTP does; what stands behind the day is kept."""
    changed = [_changed(trim(each), change) for each in value.split("\\")]
    return EMPTY if None in changed else "\\".join([str(each) for each in changed])


def _changed(text: str, change: Callable[[int, int, int, int], int]) -> str | None:
    if len(text) < _LEAST:
        return None
    plain = text.translate(_FILLERS)
    plain = f"19{plain[2:]}" if plain.startswith("00") else plain
    if not _DAY.match(plain) or not _CLOCK.fullmatch(plain[_LEAST:]):
        return None
    number = _number_of(plain)
    new = compact(change(number, *date_of(number)))
    if "-" not in text[:_DASHED]:
        return new + text[_LEAST:]
    return f"{new[:-4]}-{new[-4:-2]}-{new[-2:]}{text[_DASHED:]}"


def _hashdate(call: Call) -> str | Step:
    """Every date moves back by days that another element's hash gives: between one day and ten years."""
    if not call.expect(2, 2) and len(call.arguments) < 2:
        return EMPTY
    reference, key = call.reference(0), call.reference(1)

    def step(evaluation: Evaluation) -> str:
        value, other = evaluation.value(reference), evaluation.value(key)
        if value is None or other is None:
            return REMOVE
        days = int(evaluation.digest("date", other)[-4:]) % _YEARS_OF_HASH
        return moved(evaluation, value, -days or -1)

    return step


def _modifydate(call: Call) -> str | Step:
    """Year, month and day are set where a number is given; days run over into months."""
    if not call.expect(4, 4) and len(call.arguments) < 4:
        return EMPTY
    reference, parts = call.reference(0), [call.argument(place) for place in (1, 2, 3)]

    def step(evaluation: Evaluation) -> str:
        value = evaluation.value(reference)
        if value is None:
            return REMOVE
        given = [number(evaluation, part) for part in parts]

        def change(_: int, *old: int) -> int:
            year, month, day = (was if new is None else new for was, new in zip(old, given, strict=True))
            return day_number(year, month, day)

        return _each(value, change)

    return step


def _dateinterval(call: Call) -> Step:
    """The days since the day that a table gives for another element, or as many days after an origin."""
    call.expect(3, 4)
    reference, kind, key = call.reference(0), call.argument(1), call.reference(2)
    origin = call.argument(3) if len(call.arguments) > 3 else None

    def step(evaluation: Evaluation) -> str:
        value = trim(evaluation.value(reference) or "")
        other = evaluation.parent_value(key) if evaluation.is_strict else evaluation.value(key)
        base = look_up(evaluation, parameter(evaluation, kind) or "", trim(other or "").replace("\\", ""))
        found = _SLASHED.match(base or "")
        if found is None or not _DAY.match(value) or len(call.arguments) < 3:
            raise Missed("an interval of its dates cannot be told")
        days = _number_of(value) - day_number(int(found[3]), int(found[1]), int(found[2]))
        if origin is None:
            return str(days)
        start = trim(parameter(evaluation, origin) or "")
        if not _DAY.match(start):
            raise Missed("the origin of an interval is not a date")
        return compact(_number_of(start) + days)

    return step


def _number_of(text: str) -> int:
    return day_number(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _round(call: Call) -> str | Step:
    """Digits are rounded to a multiple, whatever stands between them; the other characters follow."""
    if not call.expect(2, 2) and len(call.arguments) < 2:
        return call.literally
    reference, size = call.reference(0), call.argument(1)

    def step(evaluation: Evaluation) -> str:
        value = trim(evaluation.value(reference) or "")
        if not value:
            return ""
        multiple = number(evaluation, size)
        if not evaluation.is_strict and multiple and _DECIMAL.fullmatch(value):
            return str(math.floor(Fraction(value) / multiple + Fraction(1, 2)) * multiple)
        count = integer(_NO_DIGIT.sub("", value))
        if count is None or multiple is None:
            return call.literally
        rounded = (2 * count + multiple) // (2 * multiple) * multiple if multiple else 0
        text = f"{rounded}{_DIGIT.sub('', value)}"
        return f"0{text}" if len(text) % 2 else text

    return step


def _date(call: Call) -> Step:
    separator = call.argument(0)

    def step(evaluation: Evaluation) -> str:
        now = evaluation.now
        return separator.join((f"{now.year:04d}", f"{now.month:02d}", f"{now.day:02d}"))

    return step


def _time(call: Call) -> Step:
    separator = call.argument(0)

    def step(evaluation: Evaluation) -> str:
        now = evaluation.now
        return separator.join((f"{now.hour:02d}", f"{now.minute:02d}", f"{now.second:02d}"))

    return step


DATES: dict[str, Callable[[Call], str | Step]] = {
    "incrementdate": _incrementdate,
    "hashdate": _hashdate,
    "modifydate": _modifydate,
    "dateinterval": _dateinterval,
    "round": _round,
    "date": _date,
    "time": _time,
}
