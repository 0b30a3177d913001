"""Individuals as rows name them: by our accession, or by the hospital's patient ID, which is derived while read."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from obia.schema.accessions import is_accession
from obia.schema.values import Patient
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.keys import Keys
from obia.server.tables.problems import Problems
from obia.server.tables.table import Row

PEOPLE_COLUMNS = ("individual", "patient_id", "issuer", "collection")
_FEW = 4  # an ID of fewer letters and digits stands in many a word: then only whole words count


@dataclass(frozen=True, slots=True)
class Name:
    """How a row names an individual: an accession, a keyed digest of a patient ID, or what may be either."""

    column: str
    accession: str | None = None
    digest: str | None = None
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An individual of the graph, as far as tables need it."""

    key: str
    accession: str
    collection: str
    patient: str = field(repr=False)
    demographics: Mapping[str, str | None] = field(default_factory=dict, repr=False, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class People:
    """What the graph knows of the individuals and collections that a table names."""

    by_accession: Mapping[str, Person]
    by_digest: Mapping[str, Sequence[Person]]
    bioprojects: Mapping[str, str | None]
    """The BioProject of each collection there is, None where it has none."""

    def find(self, name: Name, row: int, problems: Problems) -> Person | None:
        """The one individual of a name, or None and a problem."""
        found = {each.key: each for each in self._candidates(name)}
        if len(found) == 1:
            return next(iter(found.values()))
        place = " in this collection" if name.collection else ""
        if not found:
            problems.add(row, name.column, f"names no individual that the archive holds{place}")
        elif name.accession in {each.accession for each in found.values()}:
            problems.add(row, name.column, "is an accession and somebody else's patient ID; use the column patient_id")
        else:
            problems.add(row, name.column, "is in several collections; fill the column collection, or say --collection")
        return None

    def _candidates(self, name: Name) -> Iterable[Person]:
        known = self.by_accession.get(name.accession or "")
        for each in (known, *self.by_digest.get(name.digest or "", ())):
            if each is not None and name.collection in (None, each.collection):
                yield each


def name_of(row: Row, keys: Keys, collection: str | None, problems: Problems) -> Name | None:
    """How a row names its individual; None where it names none, or names it badly."""
    place = collection_of(row, collection, problems)
    if row["individual"] and row["patient_id"]:
        problems.add(row.number, "patient_id", "names the individual a second time; leave one of the two empty")
        return None
    if row["issuer"] and not patient_id_of(row):
        problems.add(row.number, "issuer", "stands without a patient ID")
        return None
    if row["patient_id"]:
        return Name("patient_id", None, keys.patient(Patient(row["patient_id"], row["issuer"])), place)
    if row["individual"]:
        accession = row["individual"] if is_accession("Individual", row["individual"]) else None
        return Name("individual", accession, keys.patient(Patient(row["individual"], row["issuer"])), place)
    return None


def names_in_bad_rows(
    rows: Sequence[Row], sound: Collection[int], keys: Keys, collection: str | None
) -> Sequence[tuple[int, Name]]:
    """Whom the rows name that are wrong elsewhere: whether they are known is told in the same round."""
    unheard = Problems()
    named = ((row.number, name_of(row, keys, collection, unheard)) for row in rows if row.number not in sound)
    return [(number, name) for number, name in named if name is not None]


def collection_of(row: Row, collection: str | None, problems: Problems) -> str | None:
    """The collection a row speaks of: its own cell, else the one named for the whole table."""
    own = row["collection"]
    if own and not is_accession("Collection", own):
        problems.add(row.number, "collection", "is no accession like OBIA0001")
        return collection
    if own and collection and own != collection:
        problems.add(row.number, "collection", "is another collection than --collection names")
    return own or collection


def patient_id_of(row: Row) -> str:
    """The hospital's patient ID in a row, empty where it gives our accession."""
    given = row["individual"]
    return row["patient_id"] or ("" if is_accession("Individual", given) else given)


def demand_silence(row: Row, columns: Sequence[str], problems: Problems) -> None:
    """Refuse a row whose own patient ID stands in what would be stored."""
    own = patient_id_of(row)
    for column in columns:
        if own and _mentions(row[column], own):
            problems.add(row.number, column, "holds the row's own patient ID")


def _mentions(text: str, own: str) -> bool:
    words = re.findall(r"\w+", _folded(text))
    own_words = re.findall(r"\w+", _folded(own))
    joined = "".join(own_words)
    if len(joined) >= _FEW:
        return joined in "".join(words)
    return bool(own_words) and any(words[n : n + len(own_words)] == own_words for n in range(len(words)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("_", " ")


async def find_people(tx: Transaction, names: Iterable[Name], collections: Iterable[str]) -> People:
    """Look every name up, in one statement."""
    names = list(names)
    parameters = {
        "accessions": sorted({each.accession for each in names if each.accession}),
        "patients": sorted({each.digest for each in names if each.digest}),
        "collections": sorted(set(collections)),
    }
    [[by_accession, by_digest, known]] = await tx.run(cypher("people"), parameters)
    digests: dict[str, list[Person]] = {}
    for digest, *row in by_digest:
        digests.setdefault(digest, []).append(_person(row))
    return People({row[1]: _person(row) for row in by_accession}, digests, {row[0]: row[1] for row in known})


def _person(row: Sequence[str]) -> Person:
    demographics = dict(zip(("sex", "species", "ethnicity"), row[4:7], strict=True))
    return Person(row[0], row[1], row[2], row[3], demographics)
