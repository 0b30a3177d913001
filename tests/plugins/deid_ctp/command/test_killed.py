"""Runs that are killed with -9: nothing half is ever seen, nobody is left, and the next run ends as if nothing had been."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.golden import ROOT
from tests.plugins.deid_ctp.command import runs

COUNT = 90
PATIENCE = 30.0  # seconds until a state that comes in one


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images, and what an undisturbed run makes of it."""
    folder = tmp_path_factory.mktemp("killed")
    runs.inbox(folder / "in", COUNT)
    (folder / "in" / "odd").write_text("no image")
    (folder / "in" / "twice").write_bytes(next((folder / "in").rglob("0007.dcm")).read_bytes())
    assert runs.run(folder / "in", folder / "whole") == 1
    return folder


def words(world: Path, target: Path) -> tuple[object, ...]:
    given = ("-s", world / "trial.script", "-k", world / "a.key", "--now", runs.NOW, "--workers", 2)
    return ("run", *given, world / "in", target)


def until(state: Callable[[], object]) -> None:
    end = monotonic() + PATIENCE
    while not state():
        assert monotonic() < end, "it never came"
        sleep(0.0005)


def has_placed(target: Path, count: int) -> bool:
    return len(runs.images(target)) >= count


def children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)


def is_alive(pid: int) -> bool:
    try:
        return re.search(r"^State:\s+[^ZX]", Path(f"/proc/{pid}/status").read_text(), re.M) is not None
    except OSError:
        return False


def is_asleep(pid: int) -> bool:
    return re.search(r"^State:\s+S", Path(f"/proc/{pid}/status").read_text(), re.M) is not None


def assert_only_whole_files(world: Path, target: Path) -> None:
    whole = runs.tree(world / "whole")
    assert all(path.read_bytes() == whole[str(path.relative_to(target))] for path in target.rglob("*.dcm"))


WATCHED = """
import os, re, sys

def watch(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        path = os.fspath(arguments[0]) if not isinstance(arguments[0], int) else ""
        if str(path).endswith((".dcm", ".json", ".pem")):
            os.write(2, f"{path} was opened to be written\\n".encode())

sys.addaudithook(watch)
from obia.plugins.deid_ctp.command import DeidCommand
sys.exit(DeidCommand().run(sys.argv[1:]))
"""


def test_no_file_is_ever_written_under_its_last_name(world: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, words(world, target))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert runs.tree(target) == runs.tree(world / "whole")


@pytest.mark.parametrize("placed", [1, *(pytest.param(each, marks=pytest.mark.long) for each in (0, 30, 70))])
def test_a_run_that_is_killed_goes_on_and_ends_as_if_it_had_not_been(world: Path, tmp_path: Path, placed: int) -> None:
    target = tmp_path / "out"
    with runs.program(*words(world, target), home=tmp_path) as process:
        until(lambda: children(process.pid) and len(runs.images(target)) >= placed)
        workers = children(process.pid)
        process.kill()
        process.wait()

    assert process.returncode == -signal.SIGKILL
    assert_only_whole_files(world, target)
    until(lambda: not any(map(is_alive, workers)))
    assert runs.ended(*words(world, target), home=tmp_path)[0] == 1
    assert runs.tree(target) == runs.tree(world / "whole")


def test_a_run_that_is_killed_again_and_again_ends_the_same(world: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    for placed in (10, 40, 75):
        with runs.program(*words(world, target), home=tmp_path) as process:
            until(partial(has_placed, target, placed))
            process.kill()

    assert runs.ended(*words(world, target), home=tmp_path)[0] == 1
    assert runs.tree(target) == runs.tree(world / "whole")


@pytest.mark.parametrize("placed", [20, pytest.param(0, marks=pytest.mark.long)])
def test_a_worker_that_is_killed_changes_nothing(world: Path, tmp_path: Path, placed: int) -> None:
    target = tmp_path / "out"
    with runs.program(*words(world, target), home=tmp_path) as process:
        until(lambda: children(process.pid) and len(runs.images(target)) >= placed)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        process.communicate(timeout=60)

    assert process.returncode == 1
    assert runs.tree(target) == runs.tree(world / "whole")


def test_a_run_that_is_interrupted_leaves_nobody_and_goes_on(world: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with runs.program(*words(world, target), home=tmp_path) as process:
        until(lambda: len(children(process.pid)) == 2)
        workers = children(process.pid)
        _send(workers, signal.SIGSTOP)  # so that the run does not end first
        until(lambda: is_asleep(process.pid))  # it waits for them: Python drops an interrupt in the middle of a fork
        process.send_signal(signal.SIGINT)
        _send(workers, signal.SIGCONT)
        _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors.strip()) == (130, "obia: stopped")
    assert not any(map(is_alive, workers))
    assert runs.ended(*words(world, target), home=tmp_path)[0] == 1
    assert runs.tree(target) == runs.tree(world / "whole")


@pytest.mark.parametrize("left", ["batch-000001.jsonl", pytest.param("", marks=pytest.mark.long)])
def test_a_run_that_is_killed_while_it_signs_signs_the_same(world: Path, tmp_path: Path, left: str) -> None:
    target = tmp_path / "out"
    runs.ended(*words(world, target), home=tmp_path)
    for each in (target / ".evidence").iterdir():
        if each.name > left or each.name == "batch-000001.json":
            each.unlink()
    state = target / ".deid" / "run.json"
    state.write_text(state.read_text().replace("true", "false"))

    assert runs.ended(*words(world, target), home=tmp_path)[0] == 1

    assert runs.tree(target) == runs.tree(world / "whole")


def test_a_line_of_the_journal_that_was_cut_is_written_anew(world: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    runs.ended(*words(world, target), home=tmp_path)
    journal = target / ".deid" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-300])

    assert runs.ended(*words(world, target), home=tmp_path)[0] == 1

    assert runs.tree(target) == runs.tree(world / "whole")
