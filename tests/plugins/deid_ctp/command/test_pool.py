"""Pools: results in order, and a job that kills its worker costs nothing but itself."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import pytest

from obia.plugins.deid_ctp.command.pool import Pool


def pool(work: Callable[[int], str], count: int = 2, seconds: float = 60.0) -> "Pool[int, str]":
    return Pool(lambda: work, lambda job, reason: f"{job} fell: {reason}", count, seconds)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs(count: int) -> None:
    def work(job: int) -> str:
        sleep(0.02 if job % 7 == 0 else 0)
        return str(job)

    assert list(pool(work, count).results(range(100))) == [str(job) for job in range(100)]


def test_no_job_gives_no_result() -> None:
    assert list(pool(str).results([])) == []


def test_a_job_that_always_kills_its_worker_falls_alone() -> None:
    def work(job: int) -> str:
        if job == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return str(job)

    assert list(pool(work).results(range(6))) == ["0", "1", "2", "3 fell: its reader died of it, twice", "4", "5"]


@pytest.mark.parametrize("count", [1, 2])
def test_a_job_whose_worker_was_killed_once_is_done_again(tmp_path: Path, count: int) -> None:
    def work(job: int) -> str:
        mark = tmp_path / str(job)
        if job % 5 == 0 and not mark.exists():
            mark.touch()
            os._exit(1)
        return str(job)

    assert list(pool(work, count).results(range(50))) == [str(job) for job in range(50)]


def test_a_job_that_takes_too_long_falls_alone() -> None:
    def work(job: int) -> str:
        sleep(60 if job == 1 else 0)
        return str(job)

    assert list(pool(work, seconds=0.3).results(range(4))) == ["0", "1 fell: it took longer than 0.3 seconds", "2", "3"]


def test_no_more_jobs_are_taken_than_a_bounded_number_ahead() -> None:
    taken = []

    def jobs() -> Iterator[int]:
        for job in range(1000):
            taken.append(job)
            yield job

    results = pool(str, 2).results(jobs())
    next(results)
    ahead = len(taken)
    results.close()  # type: ignore[attr-defined]

    assert ahead <= 2 * 16 + 2


def test_a_pool_that_is_left_leaves_nobody() -> None:
    results = pool(lambda _: str(os.getpid()), 2).results(range(100))
    worker = int(next(results))

    results.close()  # type: ignore[attr-defined]

    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
