"""A disk that fills up while files go in: one line, nothing half written, and the next run takes up."""

import asyncio
import resource
import subprocess
import sys

import pytest

from obia.server.settings import Settings
from tests import make
from tests.conftest import connect
from tests.faults import disturbed
from tests.faults.bench import Bench, assert_whole

pytestmark = [pytest.mark.neo4j, pytest.mark.long]

LIMIT = 100_000  # bytes; a manifest has room, the large image has not


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A corpus with one large image in the midst of it."""
    bench = Bench(tmp_path_factory.mktemp("full"))
    large = make.image(make.array(512, 512), PatientID="LARGE", StudyInstanceUID=make.uid("large"))
    large.SeriesInstanceUID = make.uid("large", "series")
    make.file(bench.corpus / "sound" / "large.dcm", large)
    return bench


@pytest.mark.parametrize("door", ["ingest", "work"])
def test_a_full_disk_is_one_line_and_the_next_run_takes_up(empty: Settings, bench: Bench, door: str) -> None:
    calm = bench.calm(empty)
    full = bench.fresh(empty)
    arguments: tuple[str, ...] = bench.ingest
    if door == "work":
        disturbed.obia(full, *bench.ingest, crash_at="submission-planned")
        arguments = ("work", "--until-idle")

    run = _limited(full, *arguments)
    before = asyncio.run(_half_written(full)), [*(full.home / "store" / ".staging").glob("*")]
    again = disturbed.obia(full, *arguments)

    assert run.returncode == 74, run.stderr
    lines = [line for line in run.stderr.splitlines() if not line.startswith("working;") and " INFO " not in line]
    assert len(lines) == 1
    assert lines[0].startswith("obia: DISK_FULL: ")
    assert before == ([], [])
    assert again.returncode == 0, again.stderr
    assert_whole(full, calm)


def _limited(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the program where no file may grow past the limit."""
    return subprocess.run(
        [sys.executable, "-m", "obia", *arguments],
        env=disturbed.environment(settings),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def _half_written(settings: Settings) -> list[list[object]]:
    """Batches that are not done and hold a lease or images."""
    async with connect(settings) as graph:
        return await graph.run(
            "MATCH (b:Batch) WHERE b.state <> 'DONE' AND (b.leaseOwner IS NOT NULL OR "
            "EXISTS { (:Image {batch: b.id}) }) RETURN b.id"
        )
