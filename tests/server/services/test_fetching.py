"""Fetching: from a folder and over HTTP, whole or not at all, never twice."""

import functools
import hashlib
import http.server
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from obia.schema.errors import Code, ObiaError
from obia.server.services.artifacts import Lock, read_lock
from obia.server.services.fetching import provision
from obia.server.settings import Settings

_FETCH = """
import sys
from pathlib import Path
from obia.server.services.artifacts import read_lock
from obia.server.services.fetching import provision
from obia.server.settings import Settings
provision(Settings.load(), read_lock(Path(sys.argv[1])))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A Maven repository of four artifacts, its lock beside it."""
    lines = []
    for number, name in enumerate(("neo4j-server", "two", "three", "four")):
        content = os.urandom(200_000 + number)
        folder = tmp_path / "maven" / "org" / "example" / name / "5.26.1"
        folder.mkdir(parents=True)
        (folder / f"{name}-5.26.1.jar").write_bytes(content)
        lines.append(f"org.example:{name}:5.26.1 {len(content)} {hashlib.sha256(content).hexdigest()}\n")
    (tmp_path / "test.lock").write_text("".join(lines))
    return tmp_path / "maven"


@pytest.fixture
def lock(repository: Path) -> Lock:
    return read_lock(repository.with_name("test.lock"))


class Served(http.server.ThreadingHTTPServer):
    """A repository over HTTP: it remembers what was asked, and never finishes what `stalls` names."""

    daemon_threads = True
    stalls = ""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: Served

    def do_GET(self) -> None:
        self.server.asked.append(self.path.rpartition("/")[2])
        if self.server.stalls and self.server.stalls in self.path:
            self.send_response(200)
            self.send_header("Content-Length", "200000")
            self.end_headers()
            self.wfile.write(b"half")
            self.wfile.flush()
            self.rfile.read(1)  # until the client is gone
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served(repository: Path) -> Iterator[Served]:
    with Served(repository) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def settings_of(tmp_path: Path, url: str) -> Settings:
    return Settings.load(environment_of(tmp_path, url))


def environment_of(tmp_path: Path, url: str) -> dict[str, str]:
    return {"OBIA_HOME": str(tmp_path / "home"), "OBIA_CACHE": str(tmp_path / "cache"), "OBIA_MAVEN_URL": url}


def test_a_folder_serves_as_a_repository(tmp_path: Path, repository: Path, lock: Lock) -> None:
    folder = provision(settings_of(tmp_path, repository.as_uri()), lock)

    assert {path.name for path in folder.iterdir()} == {each.filename for each in lock.artifacts}
    assert all(each.is_whole(folder / each.filename) for each in lock.artifacts)


def test_what_is_there_is_not_asked_for_again(tmp_path: Path, served: Served, lock: Lock) -> None:
    settings = settings_of(tmp_path, served.url)
    provision(settings, lock)
    served.asked.clear()

    provision(settings, lock)

    assert served.asked == []


def test_a_damaged_file_is_fetched_again(tmp_path: Path, served: Served, lock: Lock) -> None:
    settings = settings_of(tmp_path, served.url)
    damaged = provision(settings, lock) / "two-5.26.1.jar"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    served.asked.clear()

    provision(settings, lock)

    assert served.asked == [damaged.name]
    assert all(each.is_whole(damaged.parent / each.filename) for each in lock.artifacts)


def test_a_wrong_checksum_is_refused_by_name(tmp_path: Path, repository: Path, lock: Lock) -> None:
    jar = repository / "org/example/two/5.26.1/two-5.26.1.jar"
    jar.write_bytes(jar.read_bytes()[:-1] + b"?")

    with pytest.raises(ObiaError, match=r"two-5\.26\.1\.jar") as raised:
        provision(settings_of(tmp_path, repository.as_uri()), lock)

    assert raised.value.code is Code.CHECKSUM_MISMATCH
    assert not list((tmp_path / "cache").rglob("two*"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "file:///nowhere"])
def test_a_repository_that_is_not_there_is_one_clear_line(tmp_path: Path, lock: Lock, url: str) -> None:
    with pytest.raises(ObiaError, match="OBIA_MAVEN_URL") as raised:
        provision(settings_of(tmp_path, url), lock)

    assert raised.value.code is Code.DOWNLOAD_FAILED


def test_a_file_the_repository_lacks_is_one_clear_line(tmp_path: Path, served: Served, lock: Lock) -> None:
    with pytest.raises(ObiaError, match="answers 404") as raised:
        provision(settings_of(tmp_path, f"{served.url}/elsewhere"), lock)

    assert raised.value.code is Code.DOWNLOAD_FAILED


def test_an_interrupted_download_goes_on_with_what_it_had(tmp_path: Path, served: Served, lock: Lock) -> None:
    served.stalls = "three"
    environment = os.environ | environment_of(tmp_path, served.url)
    with subprocess.Popen([sys.executable, "-c", _FETCH, str(tmp_path / "test.lock")], env=environment) as download:
        wait_for_files(tmp_path / "cache", 4)  # three jars, and a part of one
        download.send_signal(signal.SIGKILL)
    served.stalls = ""
    served.asked.clear()

    folder = provision(settings_of(tmp_path, served.url), lock)

    assert served.asked == ["three-5.26.1.jar"]
    assert {path.name for path in folder.iterdir()} == {each.filename for each in lock.artifacts}


def test_two_processes_fetch_everything_once(tmp_path: Path, served: Served, lock: Lock) -> None:
    environment = os.environ | environment_of(tmp_path, served.url)
    command = [sys.executable, "-c", _FETCH, str(tmp_path / "test.lock")]

    with subprocess.Popen(command, env=environment) as first, subprocess.Popen(command, env=environment) as second:
        assert (first.wait(), second.wait()) == (0, 0)

    assert sorted(served.asked) == sorted(each.filename for each in lock.artifacts)


def test_a_full_disk_is_one_clear_line(tmp_path: Path, repository: Path) -> None:
    environment = os.environ | environment_of(tmp_path, repository.as_uri())

    done = subprocess.run(
        [sys.executable, "-c", _FETCH, str(tmp_path / "test.lock")],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )

    assert "the disk is full" in done.stderr.splitlines()[-1]
    assert not list((tmp_path / "cache").rglob("*.jar*"))


def wait_for_files(folder: Path, count: int) -> None:
    end = monotonic() + 20
    while len(list(folder.rglob("*.jar*"))) < count or len(list(folder.rglob("*.part"))) > 1:
        assert monotonic() < end, "the files did not come"
        sleep(0.02)
