"""Jobs: one that is cancelled begins no further batch, keeps what it accepted, and is not taken up again."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import dramatiq
import pytest
import redis

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import BadInput, NotFound
from obia.server import jobs
from obia.server.archive import OpenArchive, open_archive
from obia.server.clock import now
from obia.server.collections import NewCollection, create_collection
from obia.server.intake import submission
from obia.server.intake.batch import open_batches, work_on
from obia.server.intake.finishing import close
from obia.server.intake.ingest import Folder, Progress, ingest
from obia.server.intake.walk import walk
from obia.server.orphans import orphans
from obia.server.settings import Settings
from obia.server.work.broker import QUEUE, make_broker
from obia.server.work.worker import work
from tests import make
from tests.faults import disturbed

pytestmark = pytest.mark.neo4j

FILES = 6


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder of sound files."""
    for number, dataset in enumerate(make.study(FILES)):
        make.file(tmp_path / "in" / f"{number}.dcm", dataset)
    return tmp_path / "in"


async def planned(archive: OpenArchive, inbox: Path) -> str:
    """A job of three batches."""
    archive.settings = replace(archive.settings, batch_size=2)
    await create_collection(archive, ADMINISTRATOR, NewCollection("T"))
    return await submission.plan(archive, ADMINISTRATOR, "OBIA0001", inbox, list(walk(inbox)), is_kept=True)


@pytest.mark.anyio
async def test_a_cancelled_job_keeps_what_was_accepted_and_begins_nothing_more(
    archive: OpenArchive, inbox: Path
) -> None:
    job = await planned(archive, inbox)
    first, *others = await open_batches(archive, job)
    await work_on(archive, first.id, "OBIA0001")

    await jobs.cancel(archive, ADMINISTRATOR, job)
    await close(archive, job, "OBIA0001")

    entry, outcomes = await jobs.show(archive, job)
    assert (entry.state, entry.done, entry.total, outcomes) == ("CANCELLED", 2, FILES, {"ACCEPTED": 2})
    assert entry.finished
    assert await open_batches(archive) == []
    assert [await work_on(archive, each.id, "OBIA0001") for each in others] == [False, False]
    assert archive.vault.batches(job) == [first.id]
    lines = [json.loads(line) for line in archive.audit.path.read_text().splitlines()]
    assert ("ingest.cancel", job, "ok") in [(each["action"], each["subject"], each["outcome"]) for each in lines]


@pytest.mark.anyio
async def test_a_folder_of_a_cancelled_job_is_taken_in_anew(archive: OpenArchive, inbox: Path) -> None:
    job = await planned(archive, inbox)
    await work_on(archive, (await open_batches(archive, job))[0].id, "OBIA0001")
    await jobs.cancel(archive, ADMINISTRATOR, job)

    report = await ingest(archive, ADMINISTRATOR, Folder(inbox), "OBIA0001", Progress())

    assert not report.is_resumed
    assert (report.outcomes.accepted, report.outcomes.duplicates) == (FILES - 2, 2)


@pytest.mark.anyio
async def test_a_batch_under_way_ends_at_its_boundary_whoever_ends_it(archive: OpenArchive, inbox: Path) -> None:
    job = await planned(archive, inbox)
    held = (await open_batches(archive, job))[0].id
    hold = (
        "MATCH (b:Batch {id: $id}) SET b.state = 'RUNNING', b.leaseOwner = 'elsewhere@boot|1|1', b.leaseUntil = $until"
    )
    await archive.graph.run(hold, {"id": held, "until": now(later=600)})

    await jobs.cancel(archive, ADMINISTRATOR, job)
    entry, _ = await jobs.show(archive, job)
    assert (entry.state, entry.finished) == ("CANCELLED", None)
    await archive.graph.run("MATCH (b:Batch {id: $id}) SET b.leaseOwner = null", {"id": held})
    await work(archive, until_idle=True)

    entry, outcomes = await jobs.show(archive, job)
    assert (entry.state, entry.done, outcomes) == ("CANCELLED", 0, {})
    assert entry.finished
    assert archive.vault.batches(job) == []


@pytest.mark.anyio
async def test_a_cancelled_batch_leaves_nothing_of_what_a_killed_worker_stored(
    archive: OpenArchive, inbox: Path
) -> None:
    (inbox / "broken.dcm").write_text("no DICOM")
    job = await planned(archive, inbox)
    run = await asyncio.to_thread(
        disturbed.obia, archive.settings, "work", "--until-idle", crash_at="files-stored", OBIA_BATCH_SIZE="2"
    )
    stored = [*archive.store.names("images"), *archive.store.names("vault/originals")]

    await jobs.cancel(archive, ADMINISTRATOR, job)
    await close(archive, job, "OBIA0001")

    disturbed.assert_killed_at(run, "files-stored")
    assert stored
    assert await orphans(archive.graph, archive.store, archive.vault) == []
    assert not [*archive.store.names("images"), *archive.store.names("vault/originals")]


@pytest.mark.anyio
async def test_a_job_that_is_finished_or_cancelled_cannot_be_cancelled(archive: OpenArchive, inbox: Path) -> None:
    job = await planned(archive, inbox)
    await work(archive, until_idle=True)

    with pytest.raises(BadInput, match="finished or cancelled already"):
        await jobs.cancel(archive, ADMINISTRATOR, job)
    with pytest.raises(NotFound, match="no job none"):
        await jobs.cancel(archive, ADMINISTRATOR, "none")
    assert (await jobs.show(archive, job))[0].state == "DONE"


@pytest.mark.anyio
async def test_a_job_whose_messages_were_lost_is_worked_whatever_else_lies_in_the_queue(
    archive: OpenArchive, inbox: Path
) -> None:
    job = await planned(archive, inbox)
    broker = make_broker(archive.redis_url)
    for number in range(200):
        name = "unknown" if number % 2 else "take_in"
        broker.enqueue(dramatiq.Message(queue_name=QUEUE, actor_name=name, args=("none",), kwargs={}, options={}))
    with redis.Redis.from_url(archive.redis_url.reveal()) as queue:
        for number in range(50):
            queue.hset("obia:obia.msgs", f"garbage{number}", b"\xff no JSON")
            queue.lpush("obia:obia", f"garbage{number}")
        try:
            await work(archive, until_idle=True)
        finally:
            queue.flushdb()
            broker.client.close()

    assert (await jobs.show(archive, job))[0].state == "DONE"


def test_jobs_are_listed_shown_and_cancelled(empty: Settings, inbox: Path) -> None:
    async def plan() -> str:
        async with open_archive(empty) as archive:
            return await planned(archive, inbox)

    job = asyncio.run(plan())
    runs = [
        disturbed.obia(empty, "job", *words) for words in (("list",), ("cancel", job), ("show", job), ("cancel", job))
    ]

    assert [run.returncode for run in runs] == [0, 0, 0, 65], [run.stderr for run in runs]
    assert f"{job}  OBIA0001    PLANNED" in runs[0].stdout
    assert runs[1].stdout == f"cancelled {job}\n"
    assert "CANCELLED" in runs[2].stdout
    assert runs[3].stderr == f"obia: BAD_INPUT: job {job} is finished or cancelled already\n"
