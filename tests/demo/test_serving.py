"""How the demo serves: it looks at the port first, and leaves no server behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from obia.schema.errors import Code, exit_status
from obia.server.cli.init import make_home
from obia.server.settings import Settings
from tests.conftest import settings_of
from tests.faults.disturbed import environment

SERVE = "import sys; from obia.server.demo.serving import *; end_on_sigterm(); sys.exit(serve(int(sys.argv[1])))"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        yield port


def test_a_taken_port_is_told_before_anything_is_loaded(taken: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "obia.server.demo", "--port", str(taken)]
    env = os.environ | {"OBIA_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == exit_status(Code.PORT_TAKEN)
    assert f"make demo PORT={taken + 1}" in done.stderr
    assert (done.stdout, (tmp_path / "home").exists()) == ("", False)


def test_the_exit_status_of_the_server_is_passed_on(taken: int, tmp_path: Path) -> None:
    make_home(settings_of(tmp_path))
    command = [sys.executable, "-c", SERVE, str(taken)]
    env = os.environ | {"OBIA_HOME": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == exit_status(Code.PORT_TAKEN)
    assert "`make down`" in done.stdout


def test_the_demo_says_how_to_use_its_archive_from_another_terminal(taken: int, tmp_path: Path) -> None:
    home = tmp_path / "an archive"
    make_home(settings_of(home))
    command = [sys.executable, "-c", SERVE, str(taken)]
    env = os.environ | {"OBIA_HOME": str(home)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    exports = "\n".join(line for line in done.stdout.splitlines() if line.strip().startswith("export "))
    asked = ["bash", "-c", f'{exports}\nprintf "%s\n%s" "$OBIA_HOME" "${{PATH%%:*}}"']
    shown = subprocess.run(asked, capture_output=True, text=True, check=True)

    assert shown.stdout.splitlines() == [str(home), str(Path(sys.executable).parent)]


@pytest.mark.neo4j
def test_sigterm_stops_the_server_too(empty: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-u", "-c", SERVE, str(port)]
    with subprocess.Popen(command, env=environment(empty), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout
        while not (line := demo.stdout.readline()).startswith("serving http"):
            assert line, "it ended before it served"
        demo.send_signal(signal.SIGTERM)
        status = demo.wait(timeout=40)

    assert status == 128 + signal.SIGTERM
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
