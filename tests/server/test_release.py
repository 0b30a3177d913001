"""Releases: what becomes public, what is held back until somebody looked at it, and what waits."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from obia.schema.access import ADMINISTRATOR, ANONYMOUS
from obia.schema.errors import BadInput
from obia.server import jobs
from obia.server.archive import OpenArchive
from obia.server.collections import (
    NewCollection,
    Released,
    create_collection,
    release_collection,
    remove_collection,
)
from obia.server.graph.check import drifts
from obia.server.graph.statements import cypher
from obia.server.intake.ingest import Folder, Progress, ingest, run
from obia.server.intake.submission import plan
from obia.server.intake.walk import walk
from obia.server.work.worker import work
from tests import make

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

COUNTS = """{
  collections { nodes { individualCount studyCount seriesCount imageCount } }
  individuals { totalCount } studies { totalCount nodes { modalities imageCount } } series { totalCount } images { totalCount }
}"""
_LINKED = """
CREATE (b:BioProject {accession: 'PRJCA000001', state: 'ACCEPTED'})
WITH b UNWIND ['1', '2'] AS n
CREATE (c:Collection {accession: 'OBIA000' + n, access: 'OPEN', state: 'RECEIVED'})-[:DESCRIBED_BY]->(b)
CREATE (c)-[:HAS_INDIVIDUAL]->(p:Individual {key: 'p' + n, accession: 'I' + n, collection: c.accession, state: 'ACCEPTED'})
CREATE (b)-[:HAS_DATASET]->(s:GsaStudy {accession: 'HRA' + n, state: 'ACCEPTED'})
CREATE (s)-[:HAS_INDIVIDUAL]->(g:GsaIndividual {accession: 'HRI' + n, state: 'ACCEPTED'})
CREATE (g)-[:HAS_SAMPLE]->(:Sample {accession: 'HRS' + n, state: 'ACCEPTED'})
CREATE (p)-[:SAME_AS {state: 'ACCEPTED'}]->(g)
"""


@pytest.fixture
async def collection(archive: OpenArchive) -> str:
    """A collection's accession."""
    return await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder for files to take in."""
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


async def take(archive: OpenArchive, inbox: Path, collection: str, *images: dict[str, Any]) -> None:
    """Take in one image for each set of elements, each a study and a patient of its own."""
    for number, elements in enumerate(images):
        own = {"PatientID": f"P{number}", "PatientName": f"Name^N{number}"}
        uids = {name: make.uid(name, number) for name in ("StudyInstanceUID", "SeriesInstanceUID")}
        make.file(inbox / f"{number}.dcm", make.image(make.array(seed=number), **own, **uids, **elements))
    report = await ingest(archive, ADMINISTRATOR, Folder(inbox), collection, Progress())
    assert report.outcomes.accepted == len(images)


async def release(archive: OpenArchive, collection: str, *reviewed: str) -> Released:
    """Release a collection."""
    return await release_collection(archive, ADMINISTRATOR, collection, *([reviewed] if reviewed else []))


async def states(archive: OpenArchive, label: str) -> dict[str, str]:
    """The states of a label's nodes, by natural key."""
    key = "uid" if label == "Image" else "accession"
    rows = await archive.graph.read(f"MATCH (n:{label}) RETURN n.{key}, n.state ORDER BY n.{key}")
    return dict(rows)


async def public(archive: OpenArchive) -> dict[str, Any]:
    """What anybody may count."""
    answer = await archive.api.ask(ANONYMOUS, COUNTS)
    assert "errors" not in answer
    return dict(answer["data"])


async def test_only_what_a_released_link_leads_to_is_released(archive: OpenArchive) -> None:
    await archive.graph.run(_LINKED)

    released = await release(archive, "OBIA0001")

    assert released.records == 3
    for label, prefix in (("GsaStudy", "HRA"), ("GsaIndividual", "HRI"), ("Sample", "HRS")):
        assert await states(archive, label) == {f"{prefix}1": "RELEASED", f"{prefix}2": "ACCEPTED"}
    assert not (await release(archive, "OBIA0001")).is_new
    waiting = {"accessions": [], "bioprojects": ["PRJCA000001"]}
    assert await archive.graph.read(cypher("waiting_collections"), waiting) == []


async def test_images_that_nobody_looked_at_are_held_back_by_reason(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    flagged = {"Modality": "US", "BurnedInAnnotation": "YES"}
    await take(archive, inbox, collection, {}, {"Modality": "US"}, flagged, {"ConversionType": "DF"})

    first = await release(archive, collection)
    seen = await public(archive)
    again = await release(archive, collection)

    assert (first.images, first.held_images) == (1, 3)
    assert first.held_back == {"BURNED_IN": 1, "FILM": 1, "US": 2}
    one = {"individualCount": 1, "studyCount": 1, "seriesCount": 1, "imageCount": 1}
    assert seen == {
        "collections": {"nodes": [one]},
        "individuals": {"totalCount": 1},
        "studies": {"totalCount": 1, "nodes": [{"modalities": ["CT"], "imageCount": 1}]},
        "series": {"totalCount": 1},
        "images": {"totalCount": 1},
    }
    assert (again.is_new, again.images, again.held_back) == (False, 0, first.held_back)
    assert [each async for each in drifts(archive.graph, archive.store)] == []


async def test_a_flag_of_the_image_is_reviewed_by_its_own_name(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    await take(archive, inbox, collection, {"Modality": "US"}, {"Modality": "US", "BurnedInAnnotation": "YES"})

    by_class = await release(archive, collection, "US")
    by_name = await release(archive, collection, "BURNED_IN", "US")

    assert (by_class.images, by_class.held_back) == (1, {"BURNED_IN": 1})
    assert (by_name.images, by_name.held_back) == (1, {})
    assert set((await states(archive, "Image")).values()) == {"RELEASED"}
    rows = await archive.graph.read("MATCH (r:Release) RETURN r.reviewed, r.heldBack ORDER BY r.number")
    assert rows == [[["US"], 1], [["BURNED_IN", "US"], 0]]
    events = [json.loads(line) for line in archive.audit.path.read_text().splitlines()]
    done = [each for each in events if each["action"] == "collection.release" and each["outcome"] == "ok"]
    subjects = [each["subject"] for each in done]
    assert subjects == [f"{collection} reviewed US", f"{collection} reviewed BURNED_IN US"]


async def test_what_belongs_to_a_held_back_image_alone_is_not_public(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    await take(archive, inbox, collection, {"Modality": "OT"})
    await archive.graph.run(
        "MATCH (p:Individual) CREATE (p)-[:HAS_DIAGNOSIS]->(:Diagnosis {key: 'd', collection: p.collection, state: 'ACCEPTED'}) "
        "CREATE (p)-[:SAME_AS {state: 'ACCEPTED'}]->(:GsaIndividual {accession: 'HRI1', state: 'ACCEPTED'})"
    )

    held = await release(archive, collection)
    rows = await archive.graph.read(
        "MATCH (n:Individual|Study|Series|Image|Diagnosis|GsaIndividual) RETURN DISTINCT n.state"
    )
    later = await release(archive, collection, "OT")

    assert (held.images, held.clinical, held.links, held.records) == (0, 0, 0, 0)
    assert rows == [["ACCEPTED"]]
    assert (later.images, later.clinical, later.links, later.records) == (1, 1, 1, 1)


@pytest.mark.parametrize("word", ["us", "CT", "", "ALL"])
async def test_an_unknown_class_is_refused_with_a_list(archive: OpenArchive, collection: str, word: str) -> None:
    with pytest.raises(BadInput, match=r"the classes are BURNED_IN, .*SCREEN_SAVE") as caught:
        await release(archive, collection, "US", word)

    assert "\n" not in caught.value.message
    assert await states(archive, "Collection") == {collection: "RECEIVED"}


async def test_an_unfinished_intake_refuses_a_release_and_names_its_job(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    conflicting: list[Callable[[], Path]] = [
        lambda: make.file(inbox / "a.dcm", make.image(SOPInstanceUID="1.2.3")),
        lambda: make.file(inbox / "b.dcm", make.image(SOPInstanceUID="1.2.3", Manufacturer="OTHER")),
    ]
    planned = []
    for write in conflicting:
        write()
        planned.append(await plan(archive, ADMINISTRATOR, collection, inbox, list(walk(inbox)), is_kept=True))
    await run(archive, planned[0], collection, Progress())

    with pytest.raises(BadInput, match=f"unfinished job: {planned[1]}"):
        await release(archive, collection)
    before = await states(archive, "Image")
    await run(archive, planned[1], collection, Progress())
    await release(archive, collection)

    assert set(before.values()) == {"ACCEPTED"}
    assert await states(archive, "Image") == {}  # both are in the quarantine, and neither was ever public


@pytest.mark.parametrize("state", ["RUNNING", "WRITTEN"])
async def test_a_cancelled_job_whose_batch_is_under_way_refuses_a_release_and_a_removal(
    archive: OpenArchive, collection: str, inbox: Path, state: str
) -> None:
    make.file(inbox / "a.dcm", make.image())
    job = await plan(archive, ADMINISTRATOR, collection, inbox, list(walk(inbox)), is_kept=True)
    await archive.graph.run("MATCH (b:Batch) SET b.state = $state", {"state": state})
    await jobs.cancel(archive, ADMINISTRATOR, job)

    with pytest.raises(BadInput, match=f"unfinished job: {job}; .*`obia work`"):
        await release(archive, collection)
    with pytest.raises(BadInput, match=r"holds 1 unfinished intake .*`obia work`"):
        await remove_collection(archive, ADMINISTRATOR, collection)
    await work(archive, until_idle=True)

    assert (await release(archive, collection)).images == 0


async def test_the_api_names_what_is_held_back_and_takes_what_was_reviewed(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    await take(archive, inbox, collection, {"Modality": "US"}, {"Modality": "XA"})
    document = """mutation($reviewed: [HoldReason!]) {
      releaseCollection(accession: "OBIA0001", reviewed: $reviewed) { images heldBack { reason count } }
    }"""

    answers = [
        (await archive.api.ask(ADMINISTRATOR, document, variables))["data"]["releaseCollection"]
        for variables in ({}, {"reviewed": ["US"]})
    ]
    wrong = await archive.api.ask(ADMINISTRATOR, document, {"reviewed": ["CT"]})

    angiography = {"reason": "XA", "count": 1}
    assert answers == [
        {"images": 0, "heldBack": [{"reason": "US", "count": 1}, angiography]},
        {"images": 1, "heldBack": [angiography]},
    ]
    assert wrong["errors"][0]["extensions"]["code"] == "BAD_INPUT"
