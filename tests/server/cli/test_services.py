"""`obia up`, `down` and `status`, as a user types them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from obia.schema.errors import Code, exit_status
from obia.server.services import ensure, stop
from obia.server.settings import Settings

DOWN = exit_status(Code.SERVICE_FAILED)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An archive with a queue of its own, and a graph elsewhere that is not there."""
    own = {"OBIA_HOME": str(tmp_path / "home"), "OBIA_GRAPH_URL": "bolt://127.0.0.1:1"}
    yield own
    stop(Settings.load(own))


def obia(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "obia", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_up_says_where_things_are(environment: dict[str, str]) -> None:
    done = obia(environment, "up")

    assert done.returncode == 69
    assert "the graph does not answer" in done.stderr
    home, graph, queue = (line.split() for line in done.stdout.splitlines())
    assert home == ["archive", environment["OBIA_HOME"]]
    assert graph == ["graph", "down", "bolt://127.0.0.1:1"]
    assert queue[:2] == ["queue", "up"]


def test_down_stops_and_then_finds_nothing(environment: dict[str, str]) -> None:
    obia(environment, "up")

    assert obia(environment, "down").stdout == "stopped\n"
    assert obia(environment, "down").stdout == "nothing was running\n"


def test_status_of_a_home_that_is_not_there_is_down_and_makes_nothing(environment: dict[str, str]) -> None:
    done = obia(environment, "status", "--json")

    assert done.returncode == DOWN
    assert [each["state"] for each in json.loads(done.stdout)["services"]] == ["down", "down"]
    assert not Path(environment["OBIA_HOME"]).exists()


def test_up_in_a_home_that_cannot_be_written_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "run").write_text("in the way")

    done = obia(environment, "up")

    assert done.returncode == exit_status(Code.HOME_UNWRITABLE)
    assert done.stderr.startswith("obia: HOME_UNWRITABLE: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.neo4j
def test_status_shows_no_password_and_what_the_archive_holds(services: Settings) -> None:
    done = obia({"OBIA_HOME": str(services.home)}, "status", "--json")

    assert done.returncode == 0
    table = json.loads(done.stdout)
    assert [each["state"] for each in table["services"]] == ["up", "up"]
    assert list(table["holds"]) == ["collections", "individuals", "studies", "series", "images"]
    at = ensure(services)
    assert at.graph_password
    assert at.graph_password.reveal() not in done.stdout
