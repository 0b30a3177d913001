"""Clinical tables, on a real graph: all of a table or nothing, nothing twice, no date and no patient ID as it came."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.values import Patient
from obia.server.tables.clinical import import_clinical
from obia.server.tables.imported import Imported
from obia.server.tables.problems import BadTable
from tests.server.tables.conftest import Hospital

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
Write = Callable[[str], Path]

HEADER = "individual,kind,code,value,date,issuer,collection\n"
ROWS = (
    "I000001,demographics,Sex,f,,,\n"
    "I000001,DEMOGRAPHICS,species,Mus  musculus,,,\n"
    "PID-0816,DEMOGRAPHICS,ethnicity,Han,,H,\n"
    "I000001,Diagnosis,C34.1,Lung   cancer,2020-01-31,,\n"
    "PID-0815,PATHOLOGY,M8140/3,adenocarcinoma,2020-03-01,,OBIA0001\n"
    "PID-0816,family history,,mother: breast cancer,,H,\n"
    "PID-0816,HISTORY,age_at_menarche,93 y,,H,\n"
    "I000003,TREATMENT,L01,60 Gy in 30 fractions,2021-12-24,,\n"
)


async def bring(hospital: Hospital, path: Path, collection: str | None = None, *, is_dry: bool = False) -> Imported:
    return await import_clinical(hospital.archive, ADMINISTRATOR, path, collection, is_dry=is_dry)


async def problems(hospital: Hospital, path: Path, collection: str | None = None) -> list[tuple[int, str]]:
    """The problems of a table, after seeing that nothing was written and nothing echoed."""
    before = await hospital.dump()
    with pytest.raises(BadTable) as refusal:
        await bring(hospital, path, collection)
    assert await hospital.dump() == before
    assert not re.search(r"PID|081[56]|Jane", "".join(map(str, refusal.value.problems)) + refusal.value.message)
    return [(each.row, each.column) for each in refusal.value.problems]


async def test_a_table_brings_what_it_says(hospital: Hospital, write: Write) -> None:
    imported = await bring(hospital, write(HEADER + ROWS))

    assert imported.rows == 8
    assert imported.added == {"Diagnosis": 2, "History": 2, "Treatment": 1, "ethnicity": 1, "sex": 1, "species": 1}
    found = await hospital.ask(
        "RETURN COLLECT { MATCH (i:Individual)-[r:HAS_DIAGNOSIS|HAS_TREATMENT|HAS_HISTORY]->(n)"
        " RETURN [i.accession, type(r), n.kind, n.code, n.value, n.valueRaw, n.state, n.collection]"
        " ORDER BY i.accession, n.kind, n.value }"
    )
    assert found == [
        ["I000001", "HAS_DIAGNOSIS", "CLINICAL", "C34.1", "Lung cancer", "Lung   cancer", "ACCEPTED", "OBIA0001"],
        [
            "I000001",
            "HAS_DIAGNOSIS",
            "PATHOLOGY",
            "M8140/3",
            "adenocarcinoma",
            "adenocarcinoma",
            "ACCEPTED",
            "OBIA0001",
        ],
        [
            "I000002",
            "HAS_HISTORY",
            "FAMILY",
            None,
            "mother: breast cancer",
            "mother: breast cancer",
            "ACCEPTED",
            "OBIA0001",
        ],
        ["I000002", "HAS_HISTORY", "PERSONAL", "age_at_menarche", "90", "90", "ACCEPTED", "OBIA0001"],
        [
            "I000003",
            "HAS_TREATMENT",
            None,
            "L01",
            "60 Gy in 30 fractions",
            "60 Gy in 30 fractions",
            "ACCEPTED",
            "OBIA0002",
        ],
    ]
    people = await hospital.ask(
        "RETURN COLLECT { MATCH (i:Individual) RETURN [i.accession, i.sex, i.species, i.ethnicity] ORDER BY i.accession }"
    )
    assert people == [
        ["I000001", "FEMALE", "Mus musculus", None],
        ["I000002", None, "Homo sapiens", "Han"],
        ["I000003", None, "Homo sapiens", None],
    ]


async def test_dates_move_by_the_patient_s_own_offset(hospital: Hospital, write: Write) -> None:
    await bring(hospital, write(HEADER + ROWS))

    days = await hospital.ask(
        "RETURN COLLECT { MATCH (:Individual {accession: 'I000001'})-[:HAS_DIAGNOSIS]->(n) RETURN n.date ORDER BY n.date }"
    )

    keys = hospital.archive.keys
    offset = timedelta(days=keys.date_offset("OBIA0001", keys.patient(Patient("PID-0815"))))
    assert [date.fromisoformat(day) for day in days] == [date(2020, 1, 31) + offset, date(2020, 3, 1) + offset]


async def test_no_patient_id_and_no_date_of_the_table_reaches_the_graph(hospital: Hospital, write: Write) -> None:
    await bring(hospital, write(HEADER + ROWS))

    lines = "\n".join(await hospital.dump())
    days = await hospital.ask(
        "RETURN COLLECT { MATCH (i:Individual)-[:HAS_DIAGNOSIS|HAS_TREATMENT]->(n)"
        " RETURN [i.accession, n.code, n.date] ORDER BY i.accession, n.code }"
    )

    assert "Lung cancer" in lines  # the scan sees what is there
    assert not re.search(r"PID-081|0815|0816|93 y", lines)
    # One day by one: an offset may carry a patient's day onto another day of the table.
    assert [each[:2] for each in days] == [["I000001", "C34.1"], ["I000001", "M8140/3"], ["I000003", "L01"]]
    for (_, _, kept), came in zip(days, ("2020-01-31", "2020-03-01", "2021-12-24"), strict=True):
        assert kept != came


async def test_the_same_table_again_adds_nothing(hospital: Hospital, write: Write) -> None:
    await bring(hospital, write(HEADER + ROWS))
    before = await hospital.dump()

    again = await bring(hospital, write(HEADER + ROWS))

    assert again.added == {}
    assert await hospital.dump() == before


async def test_a_dry_run_writes_nothing(hospital: Hospital, write: Write) -> None:
    before = await hospital.dump()

    imported = await bring(hospital, write(HEADER + ROWS), is_dry=True)

    assert imported.added["Diagnosis"] == 2
    assert await hospital.dump() == before


async def test_statements_do_not_grow_with_rows(hospital: Hospital, write: Write) -> None:
    graph = hospital.archive.graph
    counts = []
    for rows in (10, 1000):
        lines = [f"I000001,DIAGNOSIS,C{rows}.{n},tumour,2020-01-31,,\n" for n in range(rows)]
        path = write(HEADER + "".join(lines))
        before = graph.statements
        await bring(hospital, path)
        counts.append(graph.statements - before)

    assert counts == [8, 8]


async def test_a_patient_is_looked_up_in_the_collection_named(hospital: Hospital, write: Write) -> None:
    path = write("individual,kind,code,value,date\nPID-0815,DIAGNOSIS,C34.1,,\n")

    assert await problems(hospital, path) == [(2, "individual")]
    await bring(hospital, path, "OBIA0002")

    assert await hospital.ask("MATCH (i)-[:HAS_DIAGNOSIS]->() RETURN i.accession") == "I000003"


async def test_an_accession_that_is_somebody_s_patient_id_is_not_guessed(hospital: Hospital, write: Write) -> None:
    await hospital.admit(4, "OBIA0001", Patient("I000001"))

    assert await problems(hospital, write("individual,kind,code,value,date\nI000001,DIAGNOSIS,C34.1,,\n")) == [
        (2, "individual")
    ]
    await bring(hospital, write("patient_id,kind,code,value,date\nI000001,DIAGNOSIS,C34.1,,\n"))

    assert await hospital.ask("MATCH (i)-[:HAS_DIAGNOSIS]->() RETURN i.accession") == "I000004"


WRONG: dict[str, tuple[str, str]] = {  # what is wrong: the row, and the column that is to be named
    "unknown patient": ("Doe^Jane,DIAGNOSIS,C1,x,,,", "individual"),
    "unknown accession": ("I999999,DIAGNOSIS,C1,x,,,", "individual"),
    "issuer left out": ("PID-0816,DIAGNOSIS,C2,x,,,", "individual"),
    "two collections": ("PID-0815,DIAGNOSIS,C3,x,,,", "individual"),
    "nobody": (",DIAGNOSIS,C4,x,,,", "individual"),
    "no collection": ("I000001,DIAGNOSIS,C4,x,,,OBIA9999", "collection"),
    "kind": ("I000001,DIAGNOSE,C5,x,,,", "kind"),
    "demographic code": ("I000001,DEMOGRAPHICS,name,Jane,,,", "code"),
    "sex": ("I000001,DEMOGRAPHICS,sex,Jane,,,", "value"),
    "another sex": ("I000001,DEMOGRAPHICS,sex,M,,,", "value"),
    "no species": ("I000001,DEMOGRAPHICS,species,,,,", "value"),
    "empty": ("I000001,DIAGNOSIS,,,,,", "value"),
    "part of a date": ("I000001,DIAGNOSIS,C6,x,2020-01,,", "date"),
    "bad date": ("I000001,DIAGNOSIS,C6,x,2020-02-30,,", "date"),
    "date in words": ("I000001,DIAGNOSIS,C7,seen on 2020-01-31,,,", "value"),
    "old in words": ("I000001,DIAGNOSIS,C7,a 97-year-old,,,", "value"),
    "age": ("I000001,HISTORY,age,Jane,,,", "value"),
    "own id": ("PID-0816,DIAGNOSIS,C8,see PID 0816,,H,", "value"),
    "own id as a code": ("PID-0816,DIAGNOSIS,pid0816,x,,H,", "code"),
    "says the same": ("I000001,DIAGNOSIS,C34.1,Lung cancer,2020-01-31,,", ""),
}


@pytest.mark.parametrize("seed", range(3))
async def test_the_problems_are_exactly_those_that_were_planted(hospital: Hospital, write: Write, seed: int) -> None:
    random = Random(seed)
    planted = random.sample(list(WRONG.values()), random.randint(1, len(WRONG)) if seed else len(WRONG))
    lines = "".join(f"{line}\n" for line, _ in planted)

    found = await problems(hospital, write(HEADER + ROWS + lines))

    assert found == [(number, column) for number, (_, column) in enumerate(planted, 10)]


async def test_a_table_must_name_individuals(hospital: Hospital, write: Write) -> None:
    assert (1, "individual") in await problems(hospital, write("kind,code,value,date\nDIAGNOSIS,C1,x,\n"))


async def test_an_import_is_on_record_before_and_after_it_and_a_dry_one_is_not(
    hospital: Hospital, write: Write
) -> None:
    await bring(hospital, write(HEADER + ROWS), is_dry=True)
    await bring(hospital, write(HEADER + ROWS))

    text = "".join(path.read_text() for path in hospital.archive.settings.home.glob("audit*") if path.is_file())
    assert text.count("clinical.import") == 2
    assert "PID" not in text


async def test_unknown_individuals_are_told_with_what_else_is_wrong_in_their_rows(
    hospital: Hospital, write: Write
) -> None:
    path = write(HEADER + "I000001,NONSENSE,C1,x,,,\nI000099,DIAGNOSIS,C1,x,,,\nI000098,DIAGNOSIS,C1,x,1.1.2020,,\n")

    assert await problems(hospital, path) == [(2, "kind"), (3, "individual"), (4, "date"), (4, "individual")]
