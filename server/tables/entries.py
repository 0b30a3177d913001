"""Rows of a clinical table: one statement each about one individual."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from obia.schema.graph import DiagnosisKind, HistoryKind
from obia.server.keys import Keys
from obia.server.tables import terms
from obia.server.tables.people import PEOPLE_COLUMNS, Name, collection_of, demand_silence, name_of
from obia.server.tables.problems import Problems
from obia.server.tables.table import Columns, Row

COLUMNS = Columns((*PEOPLE_COLUMNS, "kind", "code", "value", "date"), ("kind", "code", "value", "date"))
DEMOGRAPHICS = "DEMOGRAPHICS"
KINDS: Mapping[str, tuple[str, str | None]] = {  # kind: label and the node's own kind
    "HISTORY": ("History", HistoryKind.PERSONAL.value),
    "FAMILY_HISTORY": ("History", HistoryKind.FAMILY.value),
    "DIAGNOSIS": ("Diagnosis", DiagnosisKind.CLINICAL.value),
    "PATHOLOGY": ("Diagnosis", DiagnosisKind.PATHOLOGY.value),
    "TREATMENT": ("Treatment", None),
}
_DEMOGRAPHIC_CODES: Mapping[str, Callable[[str], str]] = {"sex": terms.sex_of, "species": str, "ethnicity": str}
_MAX_CODE = 200  # characters
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One sound row. `day` is the hospital's own date: it is moved before anything is written."""

    row: int
    collection: str | None
    name: Name
    kind: str
    code: str
    value: str
    raw: str
    day: date | None


def parse_entry(row: Row, keys: Keys, collection: str | None, problems: Problems) -> Entry | None:
    """Parse one row; None and problems where it is wrong."""
    before = len(problems)
    name = name_of(row, keys, collection, problems)
    if name is None and not (row["individual"] or row["patient_id"]):
        problems.add(row.number, "individual", "is empty: whom does the row speak of?")
    demand_silence(row, ("code", "value"), problems)
    kind = re.sub(r"[\s-]+", "_", row["kind"]).upper()
    if kind != DEMOGRAPHICS and kind not in KINDS:
        problems.add(row.number, "kind", f"is none of {', '.join((DEMOGRAPHICS, *KINDS))}")
    code = " ".join(row["code"].split())
    if len(code) > _MAX_CODE:
        problems.add(row.number, "code", f"has more than {_MAX_CODE} characters")
    code = code.lower() if kind == DEMOGRAPHICS else code
    value, raw = _value(row, kind, code, problems)
    day = _tried(lambda: terms.day_of(row["date"]), row, "date", problems) if row["date"] else None
    place = collection_of(row, collection, problems)
    if len(problems) > before or name is None:
        return None
    return Entry(row.number, place, name, kind, code, value, raw, day)


def _value(row: Row, kind: str, code: str, problems: Problems) -> tuple[str, str]:
    """The value, white space folded and normalised, and the value as it was handed in."""
    value, raw = " ".join(row["value"].split()), row.raw("value")
    _tried(lambda: terms.demand_free_of_dates(row["code"]), row, "code", problems)
    _tried(lambda: terms.demand_free_of_dates(value), row, "value", problems)
    if kind == DEMOGRAPHICS:
        return _demographic(row, code, value, problems), raw
    if not (code or value):
        problems.add(row.number, "value", "is empty, and so is the code")
    if value and terms.is_age(code):
        age = _tried(lambda: terms.capped(value), row, "value", problems) or value
        return (age, raw) if age == value else (age, age)
    return value, raw


def _demographic(row: Row, code: str, value: str, problems: Problems) -> str:
    if code not in _DEMOGRAPHIC_CODES:
        problems.add(row.number, "code", f"is none of {', '.join(_DEMOGRAPHIC_CODES)}")
    elif not value:
        problems.add(row.number, "value", "is empty")
    else:
        return _tried(lambda: _DEMOGRAPHIC_CODES[code](value), row, "value", problems) or ""
    return ""


def _tried(read: Callable[[], T], row: Row, column: str, problems: Problems) -> T | None:
    try:
        return read()
    except terms.Unusable as error:
        problems.add(row.number, column, str(error))
        return None
