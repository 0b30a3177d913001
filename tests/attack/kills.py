"""Kills: twenty rounds of kill -9 at random moments, each compared with a run that nothing disturbed."""

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from obia.server.settings import Settings
from tests.attack.archive import Archive, last_line, port_of
from tests.attack.client import Client
from tests.attack.holdings import Holdings
from tests.attack.rows import AttackFailed, Row, listed
from tests.faults import disturbed
from tests.faults.test_random_kills import begin, kill_servers, killed, nobody

ROUNDS = {"ingest": 7, "work": 6, "serve": 4, "servers": 3}
_COLLECTION = "OBIA0001"  # the first one of an emptied archive
_LONGEST = 0.5  # s after the request in which `obia serve` is killed
_START = f'mutation {{ startIngest(input: {{collection: "{_COLLECTION}", folder: "corpus"}}) {{ id }} }}'
_EXPECTED = "nothing lost or twice, no drift, audit log good, nothing in the vault that no list shows"


def kills(archive: Archive, folder: Path) -> Iterator[Row]:
    """Kill, resume, compare."""
    rounds = Rounds(archive, disturbed.corpus(archive.inbox / "corpus"))
    for target, count in ROUNDS.items():
        problems = {number: found for number in range(count) if (found := list(rounds.play(target, number)))}
        said = listed([f"round {number}: {'; '.join(found)}" for number, found in problems.items()])
        measured = f"{count - len(problems)} of {count} rounds" + (f"; {said}" if said else "")
        yield Row(f"kill -9 of {target}", f"{count} rounds at random moments", _EXPECTED, measured, not problems)


class Rounds:
    """Rounds on one archive, which is emptied before each."""

    def __init__(self, archive: Archive, corpus: Path) -> None:
        self._archive = archive
        self._own = archive.settings
        self._ingest = ("ingest", str(corpus), "--collection", _COLLECTION)
        calm = begin(self._own)
        _need(calm, *self._ingest)
        self._calm = Holdings.of(calm)
        self._targets: dict[str, Callable[[int], Settings]] = {
            "ingest": self._kill_ingest,
            "work": self._kill_work,
            "serve": self._kill_serve,
            "servers": self._kill_servers,
        }

    def play(self, target: str, seed: int) -> Iterator[str]:
        """Play one round; yield what is not as in the calm run."""
        crashed = self._targets[target](seed)
        yield from Holdings.of(crashed).differences(self._calm)
        for command in (("graph", "check"), ("audit", "verify")):
            if status := disturbed.obia(crashed, *command).returncode:
                yield f"`obia {' '.join(command)}` ended with {status}"

    def _kill_ingest(self, seed: int) -> Settings:
        crashed = killed(lambda: begin(self._own), self._ingest, seed, nobody)
        return _need(crashed, *self._ingest)

    def _kill_work(self, seed: int) -> Settings:
        def planned() -> Settings:
            fresh = begin(self._own)
            disturbed.obia(fresh, *self._ingest, crash_at="submission-planned")
            return fresh

        return _need(killed(planned, ("work", "--until-idle"), seed, nobody), "work", "--until-idle")

    def _kill_serve(self, seed: int) -> Settings:
        """Kill the API while it starts an ingest; whether or not that began, one more command finishes it."""
        fresh = begin(self._own)
        moment = random.Random(seed).uniform(0, _LONGEST)
        environment = disturbed.environment(fresh, OBIA_INBOX=str(self._archive.inbox))
        token = disturbed.obia(fresh, "token", "add", f"serve{seed}", "--role", "curator").stdout.strip()
        command = [sys.executable, "-m", "obia", "serve", "--port", "0"]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            killer = threading.Timer(moment, process.kill)
            asks = threading.Thread(target=Client(port_of(process), token).ask, args=(_START,))
            killer.start()
            asks.start()
            asks.join()
            killer.join()
        if not Holdings.of(fresh).submissions:
            return _need(fresh, *self._ingest)
        return _need(fresh, "work", "--until-idle")

    def _kill_servers(self, seed: int) -> Settings:
        crashed = killed(lambda: begin(self._own), self._ingest, seed, lambda: kill_servers(self._own.home))
        self._archive.need("up")
        return _need(crashed, *self._ingest)


def _need(settings: Settings, *arguments: str) -> Settings:
    """Run a command that must succeed; return the settings. Raises AttackFailed."""
    done = disturbed.obia(settings, *arguments)
    if done.returncode:
        raise AttackFailed(f"`obia {arguments[0]}` ended with {done.returncode}: {last_line(done)}")
    return settings
