"""Real processes that race: intakes of one folder, collections that are removed or released meanwhile. Nothing is lost."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, exit_status
from obia.server.archive import open_archive
from obia.server.audit import unfinished, verify
from obia.server.collections import NewCollection, create_collection
from obia.server.graph.check import drifts
from obia.server.orphans import orphans
from obia.server.settings import Settings
from tests.faults import disturbed

pytestmark = pytest.mark.neo4j

SECONDS = 240  # until a race is given up; one takes about ten
ACCEPTED = 13  # of the corpus
QUARANTINED = 9


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every verdict occurs."""
    return disturbed.corpus(tmp_path_factory.mktemp("races") / "corpus")


def raced(settings: Settings, *commands: Sequence[str]) -> list[tuple[int, str]]:
    """Run commands of the real program at once; return how each ended, and what it said last on stderr."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "obia", *words],
            env=disturbed.environment(settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    said = [run.communicate(timeout=SECONDS)[1].strip() for run in runs]
    return [(run.returncode, each.rpartition("\n")[2]) for run, each in zip(runs, said, strict=True)]


async def add(settings: Settings, collections: int) -> None:
    """Make an archive with collections."""
    async with open_archive(settings) as archive:
        for _ in range(collections):
            await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))


async def held(settings: Settings) -> tuple[Counter[str], Counter[str], int]:
    """Images and quarantined files by collection, and unfinished intakes; graph, store, vault and log agree."""
    async with open_archive(settings) as archive:
        assert not [each async for each in drifts(archive.graph, archive.store)]
        assert not await orphans(archive.graph, archive.store, archive.vault)
        images = await archive.graph.read("MATCH (n:Image) RETURN n.collection, count(*)")
        files = await archive.graph.read("MATCH (n:Quarantined) RETURN n.collection, count(*)")
        [[left]] = await archive.graph.read("MATCH (s:Submission) WHERE s.state <> 'DONE' RETURN count(s)")
    assert verify(archive.audit.path)
    assert not unfinished(archive.audit.path)
    return Counter(dict(images)), Counter(dict(files)), left


@pytest.mark.parametrize("processes", [2, 3])
def test_ingests_of_one_folder_at_once_end_as_one_does(empty: Settings, corpus: Path, processes: int) -> None:
    asyncio.run(add(empty, 1))

    ended = raced(empty, *[("ingest", str(corpus), "--collection", "OBIA0001")] * processes)

    assert ended == [(0, "")] * processes
    assert asyncio.run(held(empty)) == ({"OBIA0001": ACCEPTED}, {"OBIA0001": QUARANTINED}, 0)


def test_an_ingest_and_workers_at_once_end_as_one_does(empty: Settings, corpus: Path) -> None:
    asyncio.run(add(empty, 1))
    ingest = ("ingest", str(corpus), "--collection", "OBIA0001")
    disturbed.obia(empty, *ingest, crash_at="submission-planned")

    ended = raced(empty, ingest, *[("work", "--until-idle")] * 2)

    assert [status for status, _ in ended] == [0, 0, 0], ended
    assert asyncio.run(held(empty)) == ({"OBIA0001": ACCEPTED}, {"OBIA0001": QUARANTINED}, 0)


def test_one_folder_into_two_collections_at_once_loses_nothing(empty: Settings, corpus: Path) -> None:
    asyncio.run(add(empty, 2))

    ended = raced(empty, *[("ingest", str(corpus), "--collection", each) for each in ("OBIA0001", "OBIA0002")])

    images, _, left = asyncio.run(held(empty))
    assert ended == [(0, "")] * 2
    assert images.total() >= ACCEPTED
    assert not left


def test_a_collection_removed_during_an_intake_is_refused_or_gone(empty: Settings, corpus: Path) -> None:
    asyncio.run(add(empty, 1))

    (ingested, said), (removed, refused) = raced(
        empty, ("ingest", str(corpus), "--collection", "OBIA0001"), ("collection", "remove", "OBIA0001")
    )

    images, files, left = asyncio.run(held(empty))
    if removed:
        assert (removed, ingested) == (exit_status(Code.BAD_INPUT), 0), refused
        assert (images, files, left) == ({"OBIA0001": ACCEPTED}, {"OBIA0001": QUARANTINED}, 0)
    else:
        assert ingested == exit_status(Code.NOT_FOUND), said
        assert (images, files, left) == ({}, {}, 0)


def test_a_collection_released_during_an_intake_loses_nothing(empty: Settings, corpus: Path) -> None:
    asyncio.run(add(empty, 1))

    (ingested, said), (released, refused) = raced(
        empty, ("ingest", str(corpus), "--collection", "OBIA0001"), ("collection", "release", "OBIA0001")
    )

    images, files, left = asyncio.run(held(empty))
    assert ingested == 0, said
    assert released != exit_status(Code.INTERNAL), refused
    assert images.total() + files.total() >= ACCEPTED + QUARANTINED
    assert not left


def test_a_lease_is_given_to_one_of_two_that_ask_at_once(empty: Settings, corpus: Path) -> None:
    """The first of them holds the node's lock while the second looks: it must look again once it has the lock."""
    asyncio.run(add(empty, 1))
    disturbed.obia(empty, "ingest", str(corpus), "--collection", "OBIA0001", crash_at="submission-planned")

    assert sorted(asyncio.run(_leases(empty, 8))) == [0] * 7 + [1]


async def _leases(settings: Settings, askers: int) -> list[int]:
    """How many leases of one batch each of some askers gets, each under a name of its own, all at once."""
    from obia.server.graph.statements import cypher

    async with open_archive(settings) as archive:
        [[batch]] = await archive.graph.read("MATCH (b:Batch) RETURN b.id ORDER BY b.id LIMIT 1")
        asked = [
            {"id": batch, "now": "2026", "until": "2999", "owner": f"asker {number}", "dead": []}
            for number in range(askers)
        ]
        given = await asyncio.gather(
            *(archive.graph.write(lambda tx, one=one: tx.run(cypher("lease_batch"), one)) for one in asked)  # type: ignore[misc]
        )
    return [len(rows) for rows in given]
