"""Link tables, on a real graph: all of a table or nothing, and nothing twice."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import NotFound
from obia.server.tables.imported import Imported
from obia.server.tables.links import import_links
from obia.server.tables.problems import BadTable
from tests.server.tables.conftest import Hospital

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
Write = Callable[[str], Path]

HEADER = (
    "individual,patient_id,issuer,collection,bioproject,gsa_study,gsa_individual,sample,sample_type,"
    "experiment,strategy,platform,run,evidence,method,confidence,asserted_by,date,status\n"
)
SAID = "consent form,record linkage,0.98,curator@example.org,2024-05-31,"
ROWS = (
    f"I000001,,,OBIA0001,PRJCA000001,HRA000001,HRI000001,HRS000001,TUMOUR,HRX000001,WGS,Illumina,HRR000001,{SAID}\n"
    f"I000001,,,OBIA0001,PRJCA000001,HRA000001,HRI000001,HRS000001,TUMOUR,HRX000001,WGS,Illumina,HRR000002,{SAID}\n"
    f",PID-0816,H,OBIA0001,PRJCA000001,HRA000001,HRI000002,,,,,,,{SAID}resolved\n"
    ",,,,PRJCA000002,HRA000002,HRI000009,SAMC000009,NORMAL,,,,,,,,,,\n"
)


async def bring(hospital: Hospital, path: Path, collection: str | None = None, *, is_dry: bool = False) -> Imported:
    return await import_links(hospital.archive, ADMINISTRATOR, path, collection, is_dry=is_dry)


async def problems(hospital: Hospital, path: Path, collection: str | None = None) -> list[tuple[int, str]]:
    """The problems of a table, after seeing that nothing was written."""
    before = await hospital.dump()
    with pytest.raises(BadTable) as refusal:
        await bring(hospital, path, collection)
    assert await hospital.dump() == before
    assert not re.search(r"PID|081[56]", "".join(map(str, refusal.value.problems)) + refusal.value.message)
    return [(each.row, each.column) for each in refusal.value.problems]


async def test_a_table_brings_the_whole_chain(hospital: Hospital, write: Write) -> None:
    imported = await bring(hospital, write(HEADER + ROWS))

    assert imported.rows == 4
    assert imported.added == {
        "BioProject": 1, "Experiment": 1, "GsaIndividual": 3, "GsaStudy": 2, "HAS_DATASET": 2, "HAS_EXPERIMENT": 1,
        "HAS_INDIVIDUAL": 3, "HAS_RUN": 2, "HAS_SAMPLE": 2, "Run": 2, "SAME_AS": 2, "Sample": 2,
        "platform": 1, "sampleType": 2, "strategy": 1,
    }  # fmt: skip
    runs = await hospital.ask(
        "RETURN COLLECT { MATCH (:Collection {accession: 'OBIA0001'})-[:HAS_INDIVIDUAL]->(i)-[:SAME_AS]->(:GsaIndividual)"
        "-[:HAS_SAMPLE]->(s)-[:HAS_EXPERIMENT]->(e)-[:HAS_RUN]->(r)"
        " RETURN [i.accession, s.sampleType, e.strategy, e.platform, r.accession, r.state] ORDER BY r.accession }"
    )
    assert runs == [["I000001", "TUMOUR", "WGS", "Illumina", f"HRR00000{n}", "ACCEPTED"] for n in (1, 2)]


async def test_a_link_says_who_asserts_it(hospital: Hospital, write: Write) -> None:
    await bring(hospital, write(HEADER + ROWS))

    link = await hospital.ask("MATCH (:Individual {accession: 'I000002'})-[r:SAME_AS]->() RETURN properties(r)")

    assert link == {
        "evidence": "consent form",
        "method": "record linkage",
        "confidence": 0.98,
        "assertedBy": "curator@example.org",
        "assertedAt": "2024-05-31T00:00:00.000Z",
        "status": "RESOLVED",
        "state": "ACCEPTED",
    }


async def test_the_same_table_again_adds_nothing(hospital: Hospital, write: Write) -> None:
    path = write(HEADER + ROWS)
    await bring(hospital, path)
    before = await hospital.dump()

    again = await bring(hospital, path)

    assert again.added == {}
    assert await hospital.dump() == before


async def test_a_dry_run_writes_nothing(hospital: Hospital, write: Write) -> None:
    before = await hospital.dump()

    imported = await bring(hospital, write(HEADER + ROWS), is_dry=True)

    assert imported.added["Run"] == 2
    assert await hospital.dump() == before


async def test_a_collection_without_a_bioproject_gets_the_one_of_the_table(hospital: Hospital, write: Write) -> None:
    await bring(hospital, write("bioproject\nPRJCA000007\n"), "OBIA0002")

    found = await hospital.ask("MATCH (:Collection {accession: 'OBIA0002'})-[:DESCRIBED_BY]->(b) RETURN b.accession")

    assert found == "PRJCA000007"


async def test_statements_do_not_grow_with_rows(hospital: Hospital, write: Write) -> None:
    graph = hospital.archive.graph
    counts = []
    for start, rows in ((100, 10), (5000, 1000)):
        lines = [f"PRJCA000001,HRA000001,HRI{start + n:06},HRS{start + n:06}\n" for n in range(rows)]
        path = write("bioproject,gsa_study,gsa_individual,sample\n" + "".join(lines))
        before = graph.statements
        await bring(hospital, path)
        counts.append(graph.statements - before)

    assert counts == [8, 8]


WRONG: dict[str, tuple[str, str]] = {  # what is wrong: the row, and the column that is to be named
    "unknown accession": (f"I999999,,,,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "individual"),
    "unknown patient": (f",PID-4,,,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "patient_id"),
    "issuer left out": (f",PID-0816,,,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "patient_id"),
    "two collections": (f",PID-0815,,,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "patient_id"),
    "named twice": (f"I000001,PID-0815,,,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "patient_id"),
    "issuer alone": (f"I000001,,H,,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "issuer"),
    "elsewhere": (f"I000001,,,OBIA0002,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "individual"),
    "no collection": (f"I000001,,,OBIA9999,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "collection"),
    "bad collection": (f"I000001,,,obia1,PRJCA000001,HRA000001,HRI000005,,,,,,,{SAID}", "collection"),
    "nobody to link to": (f"I000001,,,,PRJCA000001,HRA000001,,,,,,,,{SAID}", "gsa_individual"),
    "no evidence": ("I000001,,,,PRJCA000001,HRA000001,HRI000005,,,,,,,,m,1,me,2024-05-31,", "evidence"),
    "too sure": ("I000001,,,,PRJCA000001,HRA000001,HRI000005,,,,,,,e,m,1.5,me,2024-05-31,", "confidence"),
    "bad date": ("I000001,,,,PRJCA000001,HRA000001,HRI000005,,,,,,,e,m,1,me,31.05.2024,", "date"),
    "bad status": ("I000001,,,,PRJCA000001,HRA000001,HRI000005,,,,,,,e,m,1,me,2024-05-31,maybe", "status"),
    "own id": (",PID-0816,H,,PRJCA000001,HRA000001,HRI000005,,,,,,,pid 0816,m,1,me,2024-05-31,", "evidence"),
    "nobody": (",,,,PRJCA000001,HRA000001,HRI000005,,,,,,,e,,,,,", "individual"),
    "gap in the chain": (",,,,PRJCA000001,,HRI000005,,,,,,,,,,,,", "gsa_study"),
    "another kind": (",,,,PRJCA000001,HRX000001,HRI000005,,,,,,,,,,,,", "gsa_study"),
    "not canonical": (",,,,PRJCA000001,hra000001,HRI000005,,,,,,,,,,,,", "gsa_study"),
    "describes nothing": (",,,,PRJCA000001,HRA000001,HRI000005,,TUMOUR,,,,,,,,,,", "sample_type"),
    "study under two projects": (",,,,PRJCA000009,HRA000001,,,,,,,,,,,,,", "gsa_study"),
    "sample under two": (",,,,PRJCA000001,HRA000001,HRI000002,HRS000001,TUMOUR,,,,,,,,,,", "sample"),
    "experiment": (",,,,PRJCA000001,HRA000001,HRI000001,HRS000002,,HRX000001,,,,,,,,,", "experiment"),
    "run": (",,,,PRJCA000001,HRA000001,HRI000001,HRS000001,,HRX000002,,,HRR000001,,,,,,", "run"),
    "another type": (",,,,PRJCA000001,HRA000001,HRI000001,HRS000001,NORMAL,,,,,,,,,,", "sample_type"),
    "the collection's other project": (",,,OBIA0001,PRJCA000009,,,,,,,,,,,,,,", "bioproject"),
    "said otherwise": ("I000001,,,,PRJCA000001,HRA000001,HRI000001,,,,,,,other,m,1,me,2024-05-31,", "evidence"),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
async def test_the_problems_are_exactly_those_that_were_planted(hospital: Hospital, write: Write, seed: int) -> None:
    random = Random(seed)
    planted = random.sample(list(WRONG.values()), random.randint(1, len(WRONG)) if seed else len(WRONG))
    lines = "".join(f"{line}\n" for line, _ in planted)

    within_file = await problems(hospital, write(HEADER + ROWS + lines))
    await bring(hospital, write(HEADER + ROWS))
    against_graph = await problems(hospital, write(HEADER + lines))

    assert within_file == [(number, column) for number, (_, column) in enumerate(planted, 6)]
    assert against_graph == [(number, column) for number, (_, column) in enumerate(planted, 2)]


async def test_a_table_that_names_individuals_needs_the_columns_of_the_assertion(
    hospital: Hospital, write: Write
) -> None:
    found = await problems(
        hospital, write("individual,bioproject,gsa_study,gsa_individual,evidence\n,PRJCA000001,,,\n")
    )

    assert [each for each in found if each[0] == 1] == [
        (1, name) for name in ("asserted_by", "confidence", "date", "method")
    ]


async def test_the_option_and_the_column_must_agree(hospital: Hospital, write: Write) -> None:
    path = write("collection,bioproject\nOBIA0002,PRJCA000001\n")

    assert await problems(hospital, path, "OBIA0001") == [(2, "collection")]


async def test_an_unknown_collection_is_not_found(hospital: Hospital, write: Write) -> None:
    with pytest.raises(NotFound):
        await bring(hospital, write("bioproject\nPRJCA000001\n"), "OBIA9999")


async def test_a_patient_is_looked_up_in_the_collection_named(hospital: Hospital, write: Write) -> None:
    header = "patient_id,bioproject,gsa_study,gsa_individual,evidence,method,confidence,asserted_by,date\n"

    await bring(hospital, write(f"{header}PID-0815,PRJCA000001,HRA000001,HRI000001,e,m,1,me,2024-05-31\n"), "OBIA0001")

    found = await hospital.ask("MATCH (i)-[:SAME_AS]->(:GsaIndividual {accession: 'HRI000001'}) RETURN i.accession")
    assert found == "I000001"


async def test_unknown_individuals_are_told_with_what_else_is_wrong_in_their_rows(
    hospital: Hospital, write: Write
) -> None:
    row = f",,,OBIA0001,PRJCA000001,HRA000001,HRI000001,,,,,,,{SAID}\n"
    path = write(HEADER + f"I000098{row.replace('0.98', 'sure')}I000099{row}")

    assert await problems(hospital, path) == [(2, "confidence"), (2, "individual"), (3, "individual")]
