"""A pool of processes that gives results in the order of the jobs; a worker that dies costs its own job a second try."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")

MAX_SECONDS = 900.0  # for one job: the largest multi-frame file takes minutes where its frames are coded anew
_AHEAD = 16  # jobs for each worker that may be done before the oldest is: what waits to be placed stays bounded
_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
_TICK = 1.0  # seconds between looks at the clock, and at the parent


@dataclass(slots=True)
class _Worker(Generic[J]):
    process: BaseProcess
    pipe: Connection
    number: int = -1
    job: J | None = None
    deadline: float = 0.0


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool(Generic[J, R]):
    """`prepare` runs once in every worker and returns the work; `fallen` is the result of a job that killed two workers."""

    def __init__(
        self,
        prepare: Callable[[], Callable[[J], R]],
        fallen: Callable[[J, str], R],
        count: int,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self._prepare, self._fallen, self._max_seconds = prepare, fallen, max_seconds
        self._context = get_context("fork" if "fork" in get_all_start_methods() else "spawn")
        self._workers: list[_Worker[J]] = []
        self._count = max(count, 1)  # without any, no end would be seen
        self._given = 0
        self._again: list[tuple[int, J]] = []
        self._fell: set[int] = set()

    def results(self, jobs: Iterable[J]) -> Iterator[R]:
        """Yield the result of every job, in the order of the jobs."""
        coming = enumerate(jobs)
        done: dict[int, R] = {}
        oldest = 0
        try:
            while True:
                is_over = self._give(coming, oldest)
                while oldest in done:
                    yield done.pop(oldest)
                    oldest += 1
                if is_over and not self._busy() and not done:
                    return
                for worker in self._ready():
                    self._take(worker, done)
        finally:
            self._end()

    def _busy(self) -> list[_Worker[J]]:
        return [each for each in self._workers if each.job is not None]

    def _give(self, coming: "enumerate[J]", oldest: int) -> bool:
        """Give every idle worker a job, unless too many wait for the oldest; say whether there are no more."""
        while len(self._busy()) < self._count:
            if self._given - oldest >= _AHEAD * self._count and not self._again:
                return False
            following = self._again.pop() if self._again else next(coming, None)
            if following is None:
                return True
            worker = next((each for each in self._workers if each.job is None), None) or self._start()
            worker.number, worker.job = following
            self._given = max(self._given, worker.number + 1)
            worker.deadline = monotonic() + self._max_seconds
            try:
                worker.pipe.send(worker.job)
            except OSError:
                continue  # it is gone, which `_take` will find
        return False

    def _start(self) -> _Worker[J]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, self._prepare, os.getpid()), daemon=True
        )
        process.start()
        theirs.close()
        worker: _Worker[J] = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _ready(self) -> list[_Worker[J]]:
        """The workers that have a result, are gone, or have had their time."""
        busy = self._busy()
        ready = set(map(id, wait([each.pipe for each in busy], _TICK)))
        now = monotonic()
        return [each for each in busy if id(each.pipe) in ready or each.deadline < now]

    def _take(self, worker: _Worker[J], done: dict[int, R]) -> None:
        """Take a result; a job whose worker is gone is tried once more, for it may be that somebody killed it."""
        number, job = worker.number, worker.job
        assert job is not None
        worker.job = None
        is_late = not worker.pipe.poll()
        if not is_late:
            with suppress(EOFError, OSError):
                done[number] = worker.pipe.recv()
                return
        self._drop(worker)
        if is_late:
            done[number] = self._fallen(job, f"it took longer than {self._max_seconds:g} seconds")
        elif number in self._fell:
            done[number] = self._fallen(job, "its reader died of it, twice")
        else:
            self._fell.add(number)
            self._again.append((number, job))

    def _drop(self, worker: _Worker[J]) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()

    def _end(self) -> None:
        for worker in [*self._workers]:
            self._drop(worker)


def _die_with(parent: int) -> None:
    """Have Linux kill this process when its parent is gone, in the middle of a job too; elsewhere the job ends first."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _serve(pipe: Connection, prepare: Callable[[], Callable[[J], R]], parent: int) -> None:
    """Work until there is nothing more to do, or nobody to do it for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _die_with(parent)
    work = prepare()
    while True:
        while not pipe.poll(_TICK):
            if os.getppid() != parent:
                return
        try:
            pipe.send(work(pipe.recv()))
        except (EOFError, OSError):
            return
