"""Where an archive's graph and queue are reached: `ensure` starts or joins our own, `stop` stops them."""

import json
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import click

from obia.schema.errors import Code, ObiaError
from obia.server.services.artifacts import read_lock
from obia.server.services.fetching import provision
from obia.server.services.files import locked, make_private, writing
from obia.server.services.graph_server import check_version
from obia.server.services.plan import Plan
from obia.server.services.queue_server import find_queue_program
from obia.server.services.rendezvous import Rendezvous, read_rendezvous, remove_rendezvous
from obia.server.settings import Secret, Settings

_STOP_SECONDS = 75.0  # Neo4j may take 60
_TICK = 0.05  # s
_QUIET = 2.0  # s; whoever waits longer is told why
_SPINNER = "|/-\\"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The graph and the queue, ready to be spoken to."""

    graph_url: str
    graph_user: str
    graph_password: Secret | None
    redis_url: Secret


def ensure(settings: Settings) -> Endpoints:
    """Return the endpoints; what the settings do not name elsewhere is joined, or fetched and started.

    Raises ObiaError: SERVICE_FAILED, PORT_TAKEN, VERSION_MISMATCH, HOME_UNWRITABLE, DISK_FULL, or those of `provision`.
    """
    if settings.graph_url and settings.redis_url:
        return _endpoints(settings, None)
    running = read_rendezvous(settings.home)
    if running is None or running.state != "ready" or not running.supervisor.is_alive:
        running = _start_or_wait(settings)
    _check_kept(running, settings)
    return _endpoints(settings, running)


def stop(settings: Settings) -> bool:
    """Stop our own servers; say whether there were any."""
    run = settings.home / "run"
    if not run.is_dir():
        return False
    with writing(settings.home, "OBIA_HOME"), locked(run / "start.lock"):
        running = read_rendezvous(settings.home)
        return running is not None and _end(settings.home, running)


def _endpoints(settings: Settings, running: Rendezvous | None) -> Endpoints:
    url, user, password, queue = settings.graph_url, settings.graph_user, settings.graph_password, settings.redis_url
    if url is None:
        assert running is not None
        graph = running.servers["graph"]
        url, user, password = f"bolt://127.0.0.1:{graph.port}", "neo4j", graph.password
    if queue is None:
        assert running is not None
        server = running.servers["queue"]
        queue = Secret(f"redis://:{server.password.reveal()}@127.0.0.1:{server.port}/0")
    return Endpoints(url, user, password, queue)


def _check_kept(running: Rendezvous, settings: Settings) -> None:
    """A supervisor started under other settings may keep fewer servers than these ask for."""
    wanted = {"graph": settings.graph_url is None, "queue": settings.redis_url is None}
    for name, is_wanted in wanted.items():
        if is_wanted and name not in running.servers:
            raise ObiaError(
                f"this archive runs without its own {name}; stop it with `obia down`, then try again",
                Code.SERVICE_FAILED,
            )


def _start_or_wait(settings: Settings) -> Rendezvous:
    home = settings.home
    with writing(home, "OBIA_HOME"):
        for folder in (home, home / "run", home / "logs"):
            make_private(folder)
        with locked(home / "run" / "start.lock"):
            running = read_rendezvous(home)
            if running is not None:
                running = _settled(home, running)
            return running or _start(settings)


def _settled(home: Path, running: Rendezvous) -> Rendezvous | None:
    """Wait for a supervisor that is starting or stopping; clear away one that is dead, with what it left behind."""
    current: Rendezvous | None = running
    with _Waiting("waiting for the servers") as waiting:
        while current is not None and current.supervisor.is_alive:
            if current.state == "ready":
                return current
            waiting.tick()
            sleep(_TICK)
            current = read_rendezvous(home)
    _end(home, running)
    return None


def _end(home: Path, running: Rendezvous) -> bool:
    """End a supervisor and, should it leave them behind, its servers; say whether anything was alive."""
    was_alive = running.supervisor.end(_STOP_SECONDS)
    last = read_rendezvous(home) or running
    for server in (*running.servers.values(), *last.servers.values()):
        was_alive = server.process.end(_STOP_SECONDS) or was_alive
    remove_rendezvous(home)
    return was_alive


def _start(settings: Settings) -> Rendezvous:
    plan = _plan(settings)
    command = [sys.executable, "-P", "-m", "obia.server.services.supervisor"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=settings.home) as launcher:
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        launcher.stdin.write(plan.to_json().encode())
        launcher.stdin.close()
        with _Waiting("starting Neo4j and the queue" if plan.library else "starting the queue") as waiting:
            while not select.select([launcher.stdout], [], [], _TICK)[0]:
                waiting.tick()
            answer = launcher.stdout.readline()
    log = settings.home / "logs" / "supervisor.log"
    outcome = json.loads(answer) if answer else {"code": "SERVICE_FAILED", "message": f"it did not start; see {log}"}
    if outcome:
        raise ObiaError(outcome["message"], Code(outcome["code"]))
    running = read_rendezvous(settings.home)
    if running is None:
        raise ObiaError(f"the servers stopped at once; see {log}", Code.SERVICE_FAILED)
    return running


def _plan(settings: Settings) -> Plan:
    queue = None if settings.redis_url else find_queue_program()
    if settings.graph_url:
        return Plan(settings.home, queue_program=queue)
    lock = read_lock()
    check_version(settings.home, lock.version)
    library = provision(settings, lock)
    return Plan(settings.home, library, lock.version, settings.graph_heap, settings.graph_pagecache, queue)


class _Waiting:
    """A line on stderr for whoever waits: with a spinner on a terminal, else said once."""

    def __init__(self, reason: str) -> None:
        self._reason = reason
        self._since = monotonic()
        self._ticks = 0

    def __enter__(self) -> "_Waiting":
        return self

    def __exit__(self, *_: object) -> None:
        if self._ticks and sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)

    def tick(self) -> None:
        """Some time has passed."""
        seconds = monotonic() - self._since
        if seconds < _QUIET:
            return
        if sys.stderr.isatty():
            spoke = _SPINNER[self._ticks // 2 % len(_SPINNER)]
            click.echo(f"\r{spoke} {self._reason}: {seconds:.0f} s ", nl=False, err=True)
        elif self._ticks == 0:
            click.echo(f"{self._reason}, which takes about ten seconds", err=True)
        self._ticks += 1
