"""Kill -9 at every named point: the next run takes up where it was, and nothing is lost or doubled."""

import re

import pytest

from obia.server.intake.crash import POINTS
from obia.server.settings import Settings
from tests.faults import disturbed
from tests.faults.bench import Bench, assert_whole

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """What the tests of this file share."""
    return Bench(tmp_path_factory.mktemp("crash"))


@pytest.mark.parametrize("point", POINTS)
def test_ingest_killed_at_a_point_resumes_without_loss_or_double(empty: Settings, bench: Bench, point: str) -> None:
    calm = bench.calm(empty)
    crashed = bench.fresh(empty)

    killed = disturbed.obia(crashed, *bench.ingest, crash_at=point)
    again = disturbed.obia(crashed, *bench.ingest)

    disturbed.assert_killed_at(killed, point)
    assert again.returncode == 0, again.stderr
    assert_whole(crashed, calm)


@pytest.mark.parametrize("point", POINTS[2:])
def test_a_batch_of_a_killed_worker_is_done_by_the_next(empty: Settings, bench: Bench, point: str) -> None:
    calm = bench.calm(empty)
    crashed = bench.fresh(empty)
    disturbed.obia(crashed, *bench.ingest, crash_at="submission-planned")

    killed = disturbed.obia(crashed, "work", "--until-idle", crash_at=point)
    again = disturbed.obia(crashed, "work", "--until-idle")

    disturbed.assert_killed_at(killed, point)
    assert again.returncode == 0, again.stderr
    assert re.fullmatch(r"\d batch(es)? done", again.stderr.splitlines()[-1])
    assert_whole(crashed, calm)
