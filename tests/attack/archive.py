"""The archive under attack: a temporary home with its own Neo4j and queue, used through the command line alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obia.server.settings import Settings
from tests.attack.rows import AttackFailed
from tests.conftest import settings_of, settings_on

BIOPROJECT = "PRJCA000001"
_LONGEST = 400  # s a command may take before the attack is given up


@dataclass(frozen=True, slots=True)
class Server:
    """A running `obia serve`."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive; what is started here is stopped here, by its process id."""

    home: Path
    inbox: Path

    @property
    def settings(self) -> Settings:
        """Settings that name the archive's running servers, for what no command can look at."""
        return settings_on(settings_of(self.home), self.home)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment in which the program finds this archive."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OBIA_")}
        kept |= {name: os.environ[name] for name in ("OBIA_CACHE", "OBIA_MAVEN_URL") if name in os.environ}
        return {**kept, "OBIA_HOME": str(self.home), "OBIA_INBOX": str(self.inbox), **more}

    def run(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; variables of the environment may be given by name."""
        return subprocess.run(
            _command(arguments),
            env=self.environment(**more),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST,
            check=False,
        )

    def need(self, *arguments: str) -> str:
        """Run a command and return what it printed. Raises AttackFailed when it fails."""
        done = self.run(*arguments)
        if done.returncode:
            raise AttackFailed(f"`obia {' '.join(arguments[:2])}` ended with {done.returncode}: {last_line(done)}")
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Run a command that prints JSON."""
        return json.loads(self.need(*arguments, "--json"))

    def collection(self, title: str, access: str = "open") -> str:
        """Add a collection; return its accession."""
        words = ("--title", title, "--bioproject", BIOPROJECT, "--access", access)
        return str(self.json("collection", "add", *words)["accession"])

    def token(self, name: str, role: str, *grants: str) -> str:
        """Make a token and return it."""
        options = [word for each in grants for word in ("--grant", each)]
        return str(self.json("token", "add", name, "--role", role, *options)["token"])

    def ingest(self, folder: Path, collection: str) -> dict[str, Any]:
        """Ingest a folder; return the report."""
        return dict(self.json("ingest", str(folder), "--collection", collection))

    def dump(self) -> list[dict[str, Any]]:
        """Every node and relationship of the graph."""
        return [json.loads(line) for line in self.need("graph", "dump").splitlines()]

    @contextmanager
    def started(self, *arguments: str, **more: str) -> "Iterator[subprocess.Popen[str]]":
        """Start a command and stop it at the end of the block."""
        process = subprocess.Popen(
            _command(arguments),
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

    @contextmanager
    def serving(self, **more: str) -> Iterator[Server]:
        """Serve the archive on a free port for the length of the block."""
        with self.started("serve", "--port", "0", **more) as process:
            yield Server(process.pid, port_of(process))


@contextmanager
def opened(folder: Path) -> Iterator[Archive]:
    """Make an archive below a folder; its servers are stopped at the end."""
    archive = Archive(folder / "home", folder / "inbox")
    archive.inbox.mkdir(parents=True)
    try:
        archive.need("init")
        yield archive
    finally:
        archive.run("down")


def port_of(process: "subprocess.Popen[str]") -> int:
    """The port that a starting `obia serve` prints. Raises AttackFailed when it ends instead."""
    assert process.stdout
    line = process.stdout.readline()
    for word in line.split():
        if word.startswith("http://"):
            return int(word.rpartition(":")[2])
    raise AttackFailed("`obia serve` did not start")


def last_line(done: "subprocess.CompletedProcess[str]") -> str:
    """The last line of what a command wrote to standard error."""
    return next(reversed(done.stderr.strip().splitlines()), "no message")


def outcomes(report: Mapping[str, Any]) -> int:
    """How many files of an ingest report ended with a code."""
    return int(report["accepted"] + report["duplicates"] + sum(report["quarantined"].values()))


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "obia", *arguments]
