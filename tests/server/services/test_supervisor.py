"""The supervisor: joined, stopped, killed, misled; with a real queue server, which starts in a moment."""

import json
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest
import redis

from obia.schema.errors import Code, ObiaError
from obia.server.services import ensure, status, stop
from obia.server.services.credentials import Credentials
from obia.server.services.plan import Plan
from obia.server.services.processes import Process
from obia.server.services.queue_server import find_queue_program
from obia.server.services.rendezvous import Rendezvous, read_rendezvous
from obia.server.settings import Settings

_ENSURE = """
import sys
from obia.server.services import ensure
from obia.server.settings import Settings
print(ensure(Settings.load()).redis_url.reveal())
"""


def running(settings: Settings) -> Rendezvous:
    found = read_rendezvous(settings.home)
    assert found is not None
    return found


def answers(settings: Settings) -> bool:
    with redis.Redis.from_url(ensure(settings).redis_url.reveal()) as queue:
        try:
            return bool(queue.ping())
        except redis.ConnectionError:
            return False


def eventually(claim: Callable[[], bool]) -> bool:
    end = monotonic() + 20
    while not claim():
        if monotonic() > end:
            return False
        sleep(0.02)
    return True


def taken(port: int) -> socket.socket:
    """``port``, listened on; a killed server's last threads may hold it for a moment after it is dead."""
    found: list[socket.socket] = []

    def take() -> bool:
        with suppress(OSError):
            found.append(socket.create_server(("127.0.0.1", port)))
        return bool(found)

    assert eventually(take)
    return found[0]


def test_the_first_call_starts_and_the_second_joins(archive: Settings) -> None:
    first = ensure(archive)
    supervisor = running(archive).supervisor

    second = ensure(archive)

    assert first == second
    assert running(archive).supervisor == supervisor
    assert answers(archive)


def test_with_both_urls_nothing_is_started(tmp_path: Path) -> None:
    url = "redis://127.0.0.1:1/0"
    settings = Settings.load(
        {"OBIA_HOME": str(tmp_path / "home"), "OBIA_GRAPH_URL": "bolt://127.0.0.1:1", "OBIA_REDIS_URL": url}
    )

    endpoints = ensure(settings)

    assert (endpoints.graph_url, endpoints.redis_url.reveal()) == ("bolt://127.0.0.1:1", url)
    assert not settings.home.exists()


def test_two_processes_at_once_find_one_queue(archive: Settings) -> None:
    environment = os.environ | {"OBIA_HOME": str(archive.home), "OBIA_GRAPH_URL": str(archive.graph_url)}
    command = [sys.executable, "-c", _ENSURE]

    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as first,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as second,
    ):
        urls = {first.communicate()[0], second.communicate()[0]}

    assert urls == {ensure(archive).redis_url.reveal().encode() + b"\n"}
    assert (archive.home / "logs" / "supervisor.log").read_text().count("ready") == 1


def test_a_stop_leaves_no_process_and_no_rendezvous(archive: Settings) -> None:
    ensure(archive)
    before = running(archive)

    assert stop(archive)

    assert not before.supervisor.is_alive
    assert not before.servers["queue"].process.is_alive
    assert read_rendezvous(archive.home) is None
    assert not stop(archive)


def test_sigterm_stops_the_servers_too(archive: Settings) -> None:
    ensure(archive)
    before = running(archive)

    before.supervisor.signal(signal.SIGTERM)

    assert before.supervisor.wait(20)
    assert not before.servers["queue"].process.is_alive
    assert read_rendezvous(archive.home) is None


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere the next `up` reaps them: see the next test"
)
def test_kill_9_of_the_supervisor_leaves_no_child(archive: Settings) -> None:
    ensure(archive)
    before = running(archive)

    before.supervisor.signal(signal.SIGKILL)

    assert before.servers["queue"].process.wait(10)


def test_after_kill_9_the_next_start_keeps_port_and_password(archive: Settings) -> None:
    first = ensure(archive)
    before = running(archive)
    before.supervisor.signal(signal.SIGKILL)
    before.supervisor.wait(10)

    second = ensure(archive)

    assert first == second
    assert running(archive).supervisor != before.supervisor
    assert answers(archive)


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that does nothing for ten minutes."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_servers_that_outlived_their_supervisor_are_reaped(
    archive: Settings, sleeper: "subprocess.Popen[bytes]"
) -> None:
    ensure(archive)
    before = running(archive)
    stop(archive)
    server = replace(before.servers["queue"], process=Process.of(sleeper.pid))
    Rendezvous(before.supervisor, "ready", {"queue": server}).write(archive.home)

    ensure(archive)

    assert sleeper.wait(10) == -signal.SIGTERM


def test_a_stale_rendezvous_never_harms_a_process_that_has_its_number_now(
    archive: Settings, sleeper: "subprocess.Popen[bytes]"
) -> None:
    ensure(archive)
    server = running(archive).servers["queue"]
    stop(archive)
    stranger = replace(Process.of(sleeper.pid), started="earlier")
    Rendezvous(stranger, "ready", {"queue": replace(server, process=stranger)}).write(archive.home)

    assert answers(archive)
    assert stop(archive)

    assert sleeper.poll() is None


def test_a_rendezvous_that_is_not_json_is_started_over(archive: Settings) -> None:
    ensure(archive)
    stop(archive)
    (archive.home / "run" / "services.json").write_text('{"half')

    assert answers(archive)


def test_a_taken_port_makes_it_take_another(archive: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (archive.home / "queue").mkdir(parents=True)
        replace(Credentials.new(), port=port).save(archive.home / "queue")

        ensure(archive)

        assert running(archive).servers["queue"].port != port
        assert answers(archive)


def test_a_server_that_dies_is_started_again_on_its_port(archive: Settings) -> None:
    before = launch(archive, steady_seconds=0)

    before.servers["queue"].process.signal(signal.SIGKILL)

    assert eventually(lambda: running(archive).servers["queue"].process != before.servers["queue"].process)
    assert running(archive).servers["queue"].port == before.servers["queue"].port
    assert eventually(lambda: answers(archive))


def test_a_server_that_dies_soon_takes_everything_down_with_one_line(archive: Settings) -> None:
    before = launch(archive, steady_seconds=600)

    before.servers["queue"].process.signal(signal.SIGKILL)

    assert before.supervisor.wait(20)
    log = (archive.home / "logs" / "supervisor.log").read_text()
    assert log.count("SERVICE_FAILED: the queue died soon after its start") == 1
    assert [each.state for each in status(archive)] == ["down", "down"]


def test_a_port_taken_while_its_server_was_dead_stops_all_and_says_so(archive: Settings) -> None:
    before = launch(archive, steady_seconds=0)
    before.supervisor.signal(signal.SIGSTOP)
    assert eventually(lambda: is_stopped(before.supervisor))
    queue = before.servers["queue"]
    queue.process.signal(signal.SIGKILL)
    queue.process.wait(10)

    with taken(queue.port):
        before.supervisor.signal(signal.SIGCONT)
        assert before.supervisor.wait(20)

    assert "PORT_TAKEN" in (archive.home / "logs" / "supervisor.log").read_text()


def test_servers_of_a_removed_home_stop(archive: Settings) -> None:
    ensure(archive)
    before = running(archive)

    (archive.home / "run" / "services.json").unlink()

    assert before.supervisor.wait(20)
    assert not before.servers["queue"].process.is_alive


def test_two_archives_never_meet(make_archive: Callable[[str], Settings]) -> None:
    one, other = make_archive("one"), make_archive("other")
    url, wrong = ensure(one).redis_url.reveal(), ensure(other).redis_url.reveal()
    mixed = url.replace(f":{running(one).servers['queue'].port}/", f":{running(other).servers['queue'].port}/")

    with redis.Redis.from_url(mixed) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()

    assert url != wrong
    assert stop(one)
    assert answers(other)


def test_what_it_writes_is_its_owners_alone_and_no_password_stands_in_argv(archive: Settings) -> None:
    ensure(archive)
    server = running(archive).servers["queue"]

    open_to_others = [
        path for path in (archive.home, *archive.home.rglob("*")) if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    arguments = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(server.process.pid)], check=True, capture_output=True, text=True
    )

    assert open_to_others == []
    assert str(server.port) in arguments.stdout or "queue.conf" in arguments.stdout
    assert server.password.reveal() not in arguments.stdout


def test_it_listens_on_loopback_alone(archive: Settings) -> None:
    ensure(archive)
    port = running(archive).servers["queue"].port

    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), 2):
        pass


def test_a_home_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = replace(Settings.load({"OBIA_GRAPH_URL": "bolt://127.0.0.1:1"}), home=tmp_path / "file" / "home")

    with pytest.raises(ObiaError, match="OBIA_HOME") as raised:
        ensure(settings)

    assert raised.value.code is Code.HOME_UNWRITABLE


def test_a_full_disk_is_one_clear_line_and_leaves_nothing_running(archive: Settings) -> None:
    environment = os.environ | {"OBIA_HOME": str(archive.home), "OBIA_GRAPH_URL": str(archive.graph_url)}

    done = subprocess.run(
        [sys.executable, "-c", _ENSURE],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )

    assert "the disk is full" in done.stderr.splitlines()[-1]
    assert read_rendezvous(archive.home) is None
    everything = subprocess.run(["ps", "-ww", "-eo", "args="], check=True, capture_output=True, text=True).stdout
    assert str(archive.home) not in everything


def test_a_home_kept_from_another_host_is_not_kept_twice(archive: Settings) -> None:
    ensure(archive)
    here = running(archive)
    replace(here, supervisor=Process(here.supervisor.pid, "elsewhere"), servers={}).write(archive.home)

    with pytest.raises(ObiaError, match="another host or container"):
        ensure(archive)

    here.write(archive.home)


def test_a_server_that_never_becomes_ready_is_given_up_with_its_log_named(archive: Settings) -> None:
    outcome = report(archive, start_seconds=0.001, queue_program=Path("/bin/cat"))

    assert outcome["code"] == Code.SERVICE_FAILED
    assert "queue.log" in outcome["message"]
    assert read_rendezvous(archive.home) is None


def test_settings_that_need_a_server_more_are_told_to_start_over(archive: Settings) -> None:
    ensure(archive)

    with pytest.raises(ObiaError, match="obia down") as raised:
        ensure(replace(archive, graph_url=None))

    assert raised.value.code is Code.SERVICE_FAILED


def is_stopped(process: Process) -> bool:
    state = subprocess.run(["ps", "-o", "state=", "-p", str(process.pid)], check=True, capture_output=True, text=True)
    return state.stdout.startswith("T")


def launch(settings: Settings, steady_seconds: float) -> Rendezvous:
    """Start a supervisor under a plan of the test's own."""
    assert report(settings, steady_seconds=steady_seconds) == {}
    return running(settings)


def report(
    settings: Settings, start_seconds: float = 20, steady_seconds: float = 60, queue_program: Path | None = None
) -> dict[str, str]:
    for name in ("run", "logs"):
        (settings.home / name).mkdir(mode=0o700, parents=True)
    plan = Plan(
        settings.home,
        queue_program=queue_program or find_queue_program(),
        start_seconds=start_seconds,
        steady_seconds=steady_seconds,
    )
    command = [sys.executable, "-m", "obia.server.services.supervisor"]
    done = subprocess.run(command, input=plan.to_json(), capture_output=True, text=True, check=True)
    outcome: dict[str, str] = json.loads(done.stdout)
    return outcome
