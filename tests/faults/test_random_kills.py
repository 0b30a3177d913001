"""Kill -9 at random moments: of `obia ingest`, of a worker, of a whole archive with its own Neo4j and queue."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from obia.server.cli.init import make_home
from obia.server.services import ensure, stop
from obia.server.services.rendezvous import read_rendezvous
from obia.server.settings import Settings
from tests.conftest import settings_of, settings_on, wipe
from tests.faults import disturbed
from tests.faults.bench import Bench, assert_whole

pytestmark = [pytest.mark.neo4j, pytest.mark.long]

KILLS = range(20)  # each is the seed of its moment
TRIES = 5  # a moment after the end is drawn again, earlier


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """What the tests of this file share."""
    return Bench(tmp_path_factory.mktemp("kills"))


@dataclass(slots=True)
class Aim:
    """Moments within a run: how long one takes is learnt from those that ended before they were killed."""

    seconds: float = 6.0

    def moment(self, chance: random.Random) -> float:
        """A moment of the run; the first third of it is Python's own start."""
        return chance.uniform(self.seconds / 3, self.seconds)


aims = {"ingest": Aim(), "work": Aim()}


def killed(
    settings: Callable[[], Settings], arguments: tuple[str, ...], seed: int, also: Callable[[], None]
) -> Settings:
    """Begin a run, and kill it while it goes on; return the settings of what it left."""
    chance = random.Random(seed)
    aim = aims[arguments[0]]
    for _ in range(TRIES):
        at = settings()
        begun = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-m", "obia", *arguments],
            env=disturbed.environment(at),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as run:
            try:
                run.wait(aim.moment(chance))
            except subprocess.TimeoutExpired:
                also()
                run.kill()
                assert run.wait() == -signal.SIGKILL
                return at
        aim.seconds = time.monotonic() - begun
    raise AssertionError("every run ended before it could be killed")


def nobody() -> None:
    """Kill nothing more."""


@pytest.mark.parametrize("seed", KILLS)
def test_ingest_killed_at_any_moment_resumes(empty: Settings, bench: Bench, seed: int) -> None:
    calm = bench.calm(empty)

    crashed = killed(lambda: bench.fresh(empty), bench.ingest, seed, nobody)
    again = disturbed.obia(crashed, *bench.ingest)

    assert again.returncode == 0, again.stderr
    assert_whole(crashed, calm)


@pytest.mark.parametrize("seed", KILLS)
def test_a_worker_killed_at_any_moment_is_followed_by_the_next(empty: Settings, bench: Bench, seed: int) -> None:
    calm = bench.calm(empty)

    def planned() -> Settings:
        fresh = bench.fresh(empty)
        disturbed.obia(fresh, *bench.ingest, crash_at="submission-planned")
        return fresh

    crashed = killed(planned, ("work", "--until-idle"), seed, nobody)
    again = disturbed.obia(crashed, "work", "--until-idle")

    assert again.returncode == 0, again.stderr
    assert_whole(crashed, calm)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of an archive that runs its own Neo4j and queue."""
    settings = settings_of(tmp_path_factory.mktemp("own") / "home")
    make_home(settings)
    ensure(settings)
    yield settings
    stop(settings)


@pytest.fixture(scope="module")
def own_calm(own: Settings, bench: Bench) -> dict[str, list[str]]:
    """The fingerprint of an undisturbed run on that archive."""
    calm = begin(own)
    run = disturbed.obia(calm, *bench.ingest)
    assert run.returncode == 0, run.stderr
    return disturbed.fingerprint(calm)


def begin(own: Settings) -> Settings:
    """Empty the archive and give it a collection; return settings that name its servers."""
    settings = settings_on(own, own.home)
    asyncio.run(wipe(settings))
    shutil.rmtree(own.home / "store", ignore_errors=True)
    asyncio.run(disturbed.add_collection(settings))
    return settings


def kill_servers(home: Path) -> None:
    """Kill an archive's supervisor and its servers."""
    running = read_rendezvous(home)
    assert running is not None
    for each in (running.supervisor, *(server.process for server in running.servers.values())):
        with contextlib.suppress(ProcessLookupError):  # a server goes with its supervisor
            os.kill(each.pid, signal.SIGKILL)


@pytest.mark.parametrize("seed", KILLS)
def test_a_whole_archive_killed_at_any_moment_resumes(
    own: Settings, own_calm: dict[str, list[str]], bench: Bench, seed: int
) -> None:
    crashed = killed(lambda: begin(own), bench.ingest, seed, lambda: kill_servers(own.home))

    up = subprocess.run(
        [sys.executable, "-m", "obia", "up"],
        env={"PATH": os.environ["PATH"], "OBIA_HOME": str(own.home), "OBIA_CACHE": str(own.cache)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    again = disturbed.obia(crashed, *bench.ingest)

    assert up.returncode == 0, up.stderr
    assert again.returncode == 0, again.stderr
    assert_whole(crashed, own_calm)
