"""Rows of a link table as chains: BioProject, study, individual, sample, experiment, run, and who of ours that is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from obia.schema.errors import Code, ObiaError
from obia.schema.graph import LinkStatus
from obia.schema.protocols import Linker
from obia.server.keys import Keys
from obia.server.tables.people import PEOPLE_COLUMNS, Name, collection_of, demand_silence, name_of
from obia.server.tables.problems import Problems
from obia.server.tables.table import Columns, Row

LEVELS: Mapping[str, str] = {
    "bioproject": "BioProject",
    "gsa_study": "GsaStudy",
    "gsa_individual": "GsaIndividual",
    "sample": "Sample",
    "experiment": "Experiment",
    "run": "Run",
}
DETAILS: Mapping[str, tuple[str, str]] = {  # column: the level it describes, and the property's name
    "sample_type": ("sample", "sampleType"),
    "strategy": ("experiment", "strategy"),
    "platform": ("experiment", "platform"),
}
_SAID = ("evidence", "method", "confidence", "asserted_by", "date")
_WORDS = ("evidence", "method", "asserted_by")
_MAX_DETAIL = 200  # characters

COLUMNS = Columns((*PEOPLE_COLUMNS, *LEVELS, *DETAILS, *_SAID, "status"), ("bioproject",))


@dataclass(frozen=True, slots=True)
class Assertion:
    """Who says that two individuals are one, how, when, how sure."""

    evidence: str
    method: str
    confidence: float
    assertedBy: str  # noqa: N815 - the graph's own names
    assertedAt: str  # noqa: N815
    status: str


@dataclass(frozen=True, slots=True)
class Chain:
    """One sound row: accessions by column, details by column, and the assertion where it names an individual."""

    row: int
    collection: str | None
    accessions: Mapping[str, str]
    details: Mapping[str, str]
    name: Name | None
    assertion: Assertion | None


def parse_chain(
    row: Row, keys: Keys, linkers: Mapping[str, Linker], collection: str | None, problems: Problems
) -> Chain | None:
    """Parse one row; None and problems where it is wrong."""
    before = len(problems)
    accessions = {column: row[column] for column in LEVELS if row[column]}
    _check_levels(row, accessions, linkers, problems)
    details = {column: " ".join(row[column].split()) for column in DETAILS if row[column]}
    _check_details(row, details, problems)
    demand_silence(row, (*LEVELS, *DETAILS, *_WORDS), problems)
    name = name_of(row, keys, collection, problems)
    is_named = bool(row["individual"] or row["patient_id"])
    assertion = _assertion(row, is_named, problems)
    if is_named and not row["gsa_individual"]:
        problems.add(row.number, "gsa_individual", "is empty: the row names an individual and nobody to link it to")
    place = collection_of(row, collection, problems)
    return None if len(problems) > before else Chain(row.number, place, accessions, details, name, assertion)


def _check_levels(row: Row, accessions: Mapping[str, str], linkers: Mapping[str, Linker], problems: Problems) -> None:
    columns = list(LEVELS)
    last = max((columns.index(column) for column in accessions), default=0)
    for column in columns[: last + 1]:
        if column not in accessions:
            problems.add(row.number, column, "is empty, but what follows it in the chain is not")
    for column, accession in accessions.items():
        reason = _foreign(accession, LEVELS[column], linkers)
        if reason:
            problems.add(row.number, column, reason)


def _foreign(accession: str, label: str, linkers: Mapping[str, Linker]) -> str | None:
    labels = {found for linker in linkers.values() for found in [_label(linker, accession)] if found}
    if not labels:
        return "is no accession that a registered linker knows"
    return None if label in labels else f"is an accession of another kind: {', '.join(sorted(labels))}"


def _label(linker: Linker, accession: str) -> str | None:
    try:
        return linker.label(accession)
    except Exception as error:
        raise ObiaError(f"linker {linker.name} failed on an accession", Code.LINKER_FAILED) from error


def _check_details(row: Row, details: Mapping[str, str], problems: Problems) -> None:
    for column, text in details.items():
        level, _ = DETAILS[column]
        if not row[level]:
            problems.add(row.number, column, f"describes nothing: the column {level} is empty")
        if len(text) > _MAX_DETAIL:
            problems.add(row.number, column, f"has more than {_MAX_DETAIL} characters")


def _assertion(row: Row, is_named: bool, problems: Problems) -> Assertion | None:
    said = [column for column in (*_SAID, "status") if row[column]]
    if not is_named:
        if said:
            problems.add(row.number, "individual", f"is empty, but the row has {said[0]}: whom does it speak of?")
        return None
    for column in _SAID:
        if not row[column]:
            problems.add(row.number, column, "is empty: a link says who asserts it, how, when, how sure")
    confidence = _confidence(row, problems)
    day = _day(row, problems)
    status = row["status"].upper() or LinkStatus.ASSERTED.value
    if status not in set(LinkStatus):
        problems.add(row.number, "status", f"is none of {', '.join(LinkStatus)}")
    words = [" ".join(row[column].split()) for column in _WORDS]
    return Assertion(words[0], words[1], confidence, words[2], f"{day}T00:00:00.000Z", status)


def _confidence(row: Row, problems: Problems) -> float:
    if re.fullmatch(r"[01]|[01]?\.[0-9]{1,6}", row["confidence"]) and float(row["confidence"]) <= 1:
        return float(row["confidence"])
    if row["confidence"]:
        problems.add(row.number, "confidence", "is no number from 0 to 1")
    return 0.0


def _day(row: Row, problems: Problems) -> str:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", row["date"]):
            return date.fromisoformat(row["date"]).isoformat()
    except ValueError:
        pass
    if row["date"]:
        problems.add(row.number, "date", "is no date like 2024-05-31")
    return ""


def demand_assertion_columns(header: Sequence[str], problems: Problems) -> None:
    """Where a table names individuals it needs the columns that say who asserts it."""
    if {"individual", "patient_id"} & set(header):
        for column in ("gsa_study", "gsa_individual", *_SAID):
            if column not in header:
                problems.add(1, column, "is missing: the table names individuals")


def collections_of(chains: Iterable[Chain]) -> set[str]:
    """Every collection that the rows speak of."""
    return {chain.collection for chain in chains if chain.collection}
