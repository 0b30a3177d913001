"""Clinical data from a table in long form: demographics, history, diagnoses, pathology, treatment."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obia.schema.access import Viewer
from obia.server.collections import require_collection
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.keys import Keys
from obia.server.tables.entries import COLUMNS, DEMOGRAPHICS, KINDS, Entry, parse_entry
from obia.server.tables.imported import Import, Imported, counted
from obia.server.tables.people import Name, People, Person, find_people, names_in_bad_rows
from obia.server.tables.problems import Problems
from obia.server.tables.table import read_table
from obia.server.tables.terms import shifted

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

_LABELS = ("Diagnosis", "Treatment", "History")


@dataclass(slots=True)
class _Said:
    """What the rows say: nodes by key with their label and row, and demographics by individual and property."""

    nodes: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    demographics: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


async def import_clinical(
    archive: "OpenArchive",
    viewer: Viewer,
    path: Path,
    collection: str | None = None,
    encoding: str = "utf-8",
    *,
    is_dry: bool = False,
) -> Imported:
    """Write what a table says, all in one transaction; what the graph holds already stays as it is.

    Raises BadTable with every problem and nothing written, BadInput, NotFound for the collection.
    """
    if collection is not None:
        await require_collection(archive, collection)
    table = read_table(path, COLUMNS, encoding)
    if not {"individual", "patient_id"} & set(table.header):
        table.problems.add(1, "individual", "is missing, and so is patient_id")
    parsed = [parse_entry(row, archive.keys, collection, table.problems) for row in table.rows]
    entries = [each for each in parsed if each is not None]
    others = names_in_bad_rows(table.rows, {each.row for each in entries}, archive.keys, collection)
    written = Import(viewer, "clinical.import", collection or " ".join(sorted(_collections(entries))), is_dry)
    names, waiting = await written.write(
        archive, lambda tx: _write(tx, archive.keys, entries, others, table.problems, is_dry)
    )
    return Imported(len(table.rows), counted(names), is_dry, waiting)


async def _write(
    tx: Transaction,
    keys: Keys,
    entries: Sequence[Entry],
    others: Sequence[tuple[int, Name]],
    problems: Problems,
    is_dry: bool,
) -> tuple[Sequence[str], tuple[str, ...]]:
    """Write what is new; return the names of what is counted, and the released collections in which it waits.

    Run again on a transient failure, it starts afresh.
    """
    await tx.run(cypher("lock_graph"))
    names = [*(each.name for each in entries), *(name for _, name in others)]
    people = await find_people(tx, names, _collections(entries))
    for row, name in others:
        people.find(name, row, problems)
    said, known = _gather(entries, people, keys, problems)
    problems.demand_none()
    [[held]] = await tx.run(cypher("clinical_facts"), {"keys": sorted(said.nodes)})
    nodes = {key: node for key, node in said.nodes.items() if key not in set(held)}
    changes = [
        (key, name, value)
        for (key, name), (value, _) in said.demographics.items()
        if known[key].demographics[name] != value
    ]
    if (nodes or changes) and not is_dry:
        rows = {label: [{"key": key, **row} for key, (of, row) in nodes.items() if of == label] for label in _LABELS}
        demographics = [{"key": key, "properties": {name: value}} for key, name, value in changes]
        await tx.run(cypher("write_clinical"), {**rows, "demographics": demographics})
        await tx.run(cypher("raise_generation"))
    touched = sorted({row["properties"]["collection"] for _, row in nodes.values()})
    waiting = await tx.run(cypher("waiting_collections"), {"accessions": touched, "bioprojects": []}) if touched else []
    news = [*(label for label, _ in nodes.values()), *(name for _, name, _ in changes)]
    return news, tuple(row[0] for row in waiting)


def _collections(entries: Iterable[Entry]) -> set[str]:
    return {each.collection for each in entries if each.collection}


def _gather(
    entries: Iterable[Entry], people: People, keys: Keys, problems: Problems
) -> tuple[_Said, dict[str, Person]]:
    said, known = _Said(), dict[str, Person]()
    for entry in entries:
        if entry.collection and entry.collection not in people.bioprojects:
            problems.add(entry.row, "collection", "is no collection of this archive")
            continue
        person = people.find(entry.name, entry.row, problems)
        if person is None:
            continue
        known[person.key] = person
        if entry.kind == DEMOGRAPHICS:
            _say_demographic(entry, person, said, problems)
        else:
            _say_node(entry, person, keys, said, problems)
    return said, known


def _say_demographic(entry: Entry, person: Person, said: _Said, problems: Problems) -> None:
    value, row = said.demographics.setdefault((person.key, entry.code), (entry.value, entry.row))
    if row != entry.row:
        reason = f"is another in row {row}" if value != entry.value else f"says what row {row} says"
        problems.add(entry.row, "value", reason)


def _say_node(entry: Entry, person: Person, keys: Keys, said: _Said, problems: Problems) -> None:
    label, kind = KINDS[entry.kind]
    day = shifted(entry.day, keys.date_offset(person.collection, person.patient)) if entry.day else None
    about = json.dumps([entry.code, entry.value, day])
    key = f"{person.key}/{entry.kind}/{keys.digest('clinical', about)[:32]}"
    first = said.rows.setdefault(key, entry.row)
    if first != entry.row:
        problems.add(entry.row, "", f"says what row {first} says")
    properties = {
        "collection": person.collection,
        "kind": kind,
        "code": entry.code or None,
        "value": entry.value or None,
        "valueRaw": entry.raw or None,
        "date": day,
    }
    said.nodes[key] = label, {"individual": person.key, "properties": properties}
