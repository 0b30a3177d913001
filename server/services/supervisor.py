"""The supervisor: a small process in a session of its own that keeps an archive's Neo4j and queue as its children.

`python -m obia.server.services.supervisor` reads its plan as JSON from stdin, writes one JSON line to stdout once the
servers are ready or cannot be, and goes on in the background. A server that dies is started again on its port, once a
minute at most; one that dies sooner takes everything down, with one line in logs/supervisor.log. SIGTERM stops all.
"""

import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from obia.schema.errors import Code, ObiaError
from obia.server.log import configure_logging
from obia.server.services.child import Child, Stopping
from obia.server.services.files import locked, writing
from obia.server.services.graph_server import GraphServer
from obia.server.services.plan import Plan
from obia.server.services.processes import Process, bound_to_parent
from obia.server.services.queue_server import QueueServer
from obia.server.services.rendezvous import Rendezvous, Running, read_rendezvous, remove_rendezvous

log = logging.getLogger("obia.server.services.supervisor")  # not __name__: that is __main__ here

_TICK = 0.2  # s
_LOST_TICKS = 25  # how often to look whether the home is still there


class Supervisor:
    """The children, and what the rendezvous says of them."""

    def __init__(self, plan: Plan) -> None:
        self._home = plan.home
        self._seconds = plan.start_seconds
        self._steady = plan.steady_seconds
        self._stopping = False
        self._rendezvous = Rendezvous(Process.of(os.getpid()), "starting")
        self._rendezvous.write(plan.home)
        bind = bound_to_parent()
        self._children: list[Child] = []
        if plan.queue_program:
            self._children.append(Child(QueueServer(plan), plan.home / "logs" / "queue.log", bind))
        if plan.library:
            self._children.append(Child(GraphServer(plan, bind), plan.home / "logs" / "neo4j.log", bind))

    def ask_to_stop(self, *_: object) -> None:
        """Stop soon: the handler of SIGTERM."""
        self._stopping = True

    def start(self) -> None:
        """Start every server, one after the other. Raises ObiaError or Stopping, with none left behind."""
        for child in self._children:
            child.start(self._seconds, self._is_stopping, self._tell)
        self._rendezvous = Rendezvous(self._rendezvous.supervisor, "ready", self._rendezvous.servers)
        self._rendezvous.write(self._home)

    def watch(self) -> None:
        """Keep the servers until a stop is asked for, or this archive is no longer ours."""
        ticks = 0
        while not self._stopping:
            sleep(_TICK)
            ticks += 1
            for child in self._children:
                if child.has_died and not self._stopping:
                    self._revive(child)
            if ticks % _LOST_TICKS == 0 and self._is_lost():
                log.error("the archive's folder was removed; stopping its servers")
                return

    def stop(self) -> None:
        """Stop every server and take the rendezvous away, if it is ours."""
        is_ours = not self._is_lost()
        with contextlib.suppress(OSError):  # a full disk must not keep the servers running
            if is_ours:
                Rendezvous(self._rendezvous.supervisor, "stopping", self._rendezvous.servers).write(self._home)
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.stop()
        if is_ours:
            remove_rendezvous(self._home)

    def _revive(self, child: Child) -> None:
        title = child.server.title
        if monotonic() - child.started_at < self._steady:
            raise ObiaError(f"{title} died soon after its start; all servers stop", Code.SERVICE_FAILED)
        log.warning("%s died; starting it again", title)
        child.restart(self._seconds, self._is_stopping, self._tell)

    def _tell(self, child: Child) -> None:
        running = Running(child.process, child.credentials.port, child.credentials.password)
        self._rendezvous = self._rendezvous.with_server(child.server.name, running)
        self._rendezvous.write(self._home)

    def _is_stopping(self) -> bool:
        return self._stopping

    def _is_lost(self) -> bool:
        found = read_rendezvous(self._home)
        return found is None or found.supervisor != self._rendezvous.supervisor


def main() -> None:
    """Read the plan, go into the background, keep the servers."""
    plan = Plan.from_json(sys.stdin.read())
    if os.fork():  # the caller waits for this process alone; the supervisor is nobody's child
        os._exit(0)
    os.setsid()
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with writing(plan.home, "OBIA_HOME"), _alone(plan.home):
            _log_to(plan.home / "logs" / "supervisor.log")
            _keep(plan)
    except ObiaError as error:
        log.error("%s: %s", error.code, error.message)
        _report({"code": error.code, "message": error.message})
    except Exception:
        log.exception("the supervisor failed")
        message = f"the supervisor failed; see {plan.home / 'logs' / 'supervisor.log'}"
        _report({"code": Code.SERVICE_FAILED, "message": message})


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Be the only supervisor of this home, whatever numbers processes have elsewhere."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locked(home / "run" / "supervisor.lock", blocking=False))
        except BlockingIOError as error:
            raise ObiaError(f"another host or container keeps the servers of {home}", Code.SERVICE_FAILED) from error
        yield


def _keep(plan: Plan) -> None:
    supervisor = Supervisor(plan)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.ask_to_stop)
    try:
        supervisor.start()
        _report({})
        log.info("ready")
        supervisor.watch()
    except Stopping:
        log.info("stopped while starting")
        _report({"code": Code.SERVICE_FAILED, "message": "stopped while starting"})
    finally:
        supervisor.stop()
        log.info("stopped")


def _report(outcome: dict[str, str]) -> None:
    """Tell whoever started us, once, and let go of its pipe; nobody may be listening any more."""
    try:
        os.write(1, json.dumps(outcome).encode() + b"\n")
    except OSError:
        log.info("nobody heard the outcome")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.close(nothing)


def _log_to(path: Path) -> None:
    """Let stderr be the log, so that a traceback that nobody expected is there too."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    configure_logging("INFO")


if __name__ == "__main__":
    main()
