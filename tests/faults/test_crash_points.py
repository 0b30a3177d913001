"""Kill -9 at every named point: the next run takes up where it was, and nothing is lost or doubled."""

import asyncio
from pathlib import Path

import pytest

from obia.server.graph.check import drifts
from obia.server.intake.crash import POINTS
from obia.server.settings import Settings
from obia.server.store.files import open_store
from tests.conftest import connect, wipe
from tests.faults import disturbed

pytestmark = pytest.mark.neo4j

INGEST = ("--collection", "OBIA0001")


class Bench:
    """One corpus, one key, and the fingerprint of a run that nothing disturbed."""

    def __init__(self, folder: Path) -> None:
        self.corpus = disturbed.corpus(folder / "corpus")
        self._folder = folder
        self._homes = 0
        self._calm: dict[str, list[str]] = {}

    def calm(self, settings: Settings) -> dict[str, list[str]]:
        """The fingerprint of an undisturbed run, made once."""
        if not self._calm:
            fresh = self.fresh(settings)
            run = disturbed.obia(fresh, "ingest", str(self.corpus), *INGEST)
            assert run.returncode == 0, run.stderr
            self._calm = disturbed.fingerprint(fresh)
        return self._calm

    def fresh(self, settings: Settings) -> Settings:
        """An empty graph with one collection, and a home of its own under the same key."""
        asyncio.run(wipe(settings))
        self._homes += 1
        key = self._folder / "key"
        if not key.exists():
            key.write_bytes((settings.home / "key").read_bytes())
        fresh = disturbed.fresh(settings, self._folder / f"home{self._homes}", key)
        asyncio.run(disturbed.add_collection(fresh))
        return fresh


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """What the tests of this file share."""
    return Bench(tmp_path_factory.mktemp("crash"))


def _assert_whole(bench: Bench, crashed: Settings, calm: dict[str, list[str]]) -> None:
    assert not disturbed.difference(calm, disturbed.fingerprint(crashed))
    assert not asyncio.run(_drifts(crashed))


async def _drifts(settings: Settings) -> list[object]:
    async with connect(settings) as graph:
        return [each async for each in drifts(graph, open_store(settings))]


@pytest.mark.parametrize("point", POINTS)
def test_ingest_killed_at_a_point_resumes_without_loss_or_double(empty: Settings, bench: Bench, point: str) -> None:
    calm = bench.calm(empty)
    crashed = bench.fresh(empty)

    killed = disturbed.obia(crashed, "ingest", str(bench.corpus), *INGEST, crash_at=point)
    again = disturbed.obia(crashed, "ingest", str(bench.corpus), *INGEST)

    disturbed.assert_killed_at(killed, point)
    assert again.returncode == 0, again.stderr
    _assert_whole(bench, crashed, calm)


@pytest.mark.parametrize("point", POINTS[2:])
def test_a_batch_of_a_killed_worker_is_done_by_the_next(empty: Settings, bench: Bench, point: str) -> None:
    calm = bench.calm(empty)
    crashed = bench.fresh(empty)
    disturbed.obia(crashed, "ingest", str(bench.corpus), *INGEST, crash_at="submission-planned")

    killed = disturbed.obia(crashed, "work", "--until-idle", crash_at=point)
    again = disturbed.obia(crashed, "work", "--until-idle")

    disturbed.assert_killed_at(killed, point)
    assert again.returncode == 0, again.stderr
    _assert_whole(bench, crashed, calm)
