"""A worker goes on whatever one batch or one job does, and says so in a line without the text of what was raised."""

import asyncio
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection
from obia.server.intake.submission import plan
from obia.server.intake.walk import walk
from obia.server.settings import Settings
from tests import bombs, make
from tests.faults import disturbed

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

MOST = 450  # MiB
LIMIT = 100_000  # bytes; a small image has room, a large one has not
OLD = "MATCH (s:Submission {id: $id}) SET s.createdAt = '2000'"
LEFT = "MATCH (s:Submission)-[:HAS_BATCH]->(b) SET s.state = 'RUNNING', b.state = 'DONE'"
DAMAGED = "MATCH (s:Submission {id: $id}) REMOVE s.total"


async def planned(archive: OpenArchive, folder: Path, side: int) -> str:
    """A job of one image, in a collection of its own."""
    collection = await create_collection(archive, ADMINISTRATOR, NewCollection("T"))
    make.file(folder / "SECRET^NAME.dcm", make.image(make.array(side, side)))
    return await plan(archive, ADMINISTRATOR, collection, folder, list(walk(folder)), is_kept=True)


@asynccontextmanager
async def working(settings: Settings, limit: int = LIMIT) -> AsyncIterator[Process]:
    """A worker that cannot write a file past a limit; it is told to stop at the end, and does."""
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "obia", "work"),
        env=disturbed.environment(settings),
        stderr=PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    yield worker
    worker.send_signal(signal.SIGTERM)
    _, said = await worker.communicate()
    assert (worker.returncode, b"SECRET" in said) == (0, False)


async def heard(worker: Process, *texts: str) -> None:
    """Wait until every text was said, in any order; the end of the worker is a failure."""
    assert worker.stderr
    said = ""
    while not all(each in said for each in texts):
        line = await worker.stderr.readline()
        assert line, said
        said += line.decode()
    assert "SECRET" not in said


async def test_a_worker_outlives_a_full_disk_and_does_the_other_batches(archive: OpenArchive, tmp_path: Path) -> None:
    large = await planned(archive, tmp_path / "large", 512)
    await archive.graph.run(OLD, {"id": large})
    small = await planned(archive, tmp_path / "small", 8)

    async with working(archive.settings) as worker:
        await heard(worker, f"batch {large}/000000: DISK_FULL", f"job {small} of OBIA0002 is done: ACCEPTED 1")


async def test_a_job_that_cannot_be_finished_keeps_no_other_from_it(archive: OpenArchive, tmp_path: Path) -> None:
    jobs = [await planned(archive, tmp_path / name, 8) for name in ("one", "two", "three")]
    await archive.graph.run(LEFT)
    for job in jobs[::2]:
        await archive.graph.run(DAMAGED, {"id": job})

    async with working(archive.settings) as worker:
        await heard(worker, *(f"job {job}: TypeError" for job in jobs[::2]), f"job {jobs[1]} of OBIA0002 is done")


async def test_a_worker_that_takes_in_every_bomb_stays_small(archive: OpenArchive, tmp_path: Path) -> None:
    folder = tmp_path / "bombs"
    folder.mkdir()
    for number, bomb in enumerate(bombs.bombs().values()):
        (folder / f"{number}.dcm").write_bytes(bomb())
    collection = await create_collection(archive, ADMINISTRATOR, NewCollection("T"))
    job = await plan(archive, ADMINISTRATOR, collection, folder, list(walk(folder)), is_kept=True)

    async with working(archive.settings, resource.RLIM_INFINITY) as worker:
        await heard(worker, f"job {job} of OBIA0001 is done")
        most = peak(worker)

    assert most < MOST


def peak(worker: Process) -> int:
    """The most memory that a process has had, in MiB."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
