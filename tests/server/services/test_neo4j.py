"""Our own Neo4j: four starts of the real one."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import neo4j
import pytest

from obia.schema.errors import Code, ObiaError
from obia.server.services import Endpoints, ensure, status, stop
from obia.server.services.credentials import Credentials, load_credentials
from obia.server.services.rendezvous import read_rendezvous
from obia.server.settings import Settings
from tests.conftest import settings_of

pytestmark = pytest.mark.neo4j

_ENSURE = """
from obia.server.services import ensure
from obia.server.settings import Settings
at = ensure(Settings.load())
print(at.graph_url, at.graph_password.reveal(), at.redis_url.reveal())
"""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Settings]:
    """An archive with a Neo4j of its own, stopped in the end."""
    settings = settings_of(tmp_path / "home")
    yield settings
    stop(settings)


def ask(at: Endpoints, statement: str) -> list[object]:
    assert at.graph_password
    auth = ("neo4j", at.graph_password.reveal())
    with neo4j.GraphDatabase.driver(at.graph_url, auth=auth) as driver:
        return driver.execute_query(statement).records[0].values()


def test_two_processes_at_once_find_one_neo4j(archive: Settings) -> None:
    environment = os.environ | {"OBIA_HOME": str(archive.home)}
    command = [sys.executable, "-c", _ENSURE]

    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as first,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as second,
    ):
        printed = {first.communicate()[0], second.communicate()[0]}

    assert len(printed) == 1
    assert ask(ensure(archive), "RETURN 1") == [1]
    assert (archive.home / "logs" / "neo4j.log").read_text().count("Started.") == 1
    assert [each.state for each in status(archive)] == ["up", "up"]
    assert_no_secret_in_argv(archive)


def test_kill_9_of_the_archive_keeps_what_was_written(archive: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:  # the port it would like: it takes another
        (archive.home / "neo4j").mkdir(mode=0o700, parents=True)
        replace(Credentials.new(), port=taken.getsockname()[1]).save(archive.home / "neo4j")
        first = ensure(archive)
    ask(first, "CREATE (n:Kept {text: 'still here'}) RETURN n.text")
    before = read_rendezvous(archive.home)
    assert before is not None
    before.supervisor.signal(signal.SIGKILL)
    before.supervisor.wait(10)

    second = ensure(archive)

    assert second == first
    assert ask(second, "MATCH (n:Kept) RETURN n.text") == ["still here"]
    assert not before.servers["graph"].process.is_alive
    credentials = load_credentials(archive.home / "neo4j")
    assert credentials is not None
    assert credentials.initial is None


def assert_no_secret_in_argv(archive: Settings) -> None:
    found = read_rendezvous(archive.home)
    assert found is not None
    everything = subprocess.run(["ps", "-ww", "-eo", "args="], check=True, capture_output=True, text=True).stdout
    assert "CommunityEntryPoint" in everything
    assert not any(server.password.reveal() in everything for server in found.servers.values())


@pytest.mark.parametrize("version", ["5.25.1", "2026.09.0", None])
def test_a_store_of_another_version_is_refused_before_anything_starts(archive: Settings, version: str | None) -> None:
    (archive.home / "neo4j" / "data" / "databases").mkdir(parents=True)
    if version:
        (archive.home / "neo4j" / "version").write_text(version)

    with pytest.raises(ObiaError, match="ingest again") as raised:
        ensure(archive)

    assert raised.value.code is Code.VERSION_MISMATCH
    assert version is None or version in raised.value.message
    assert read_rendezvous(archive.home) is None
