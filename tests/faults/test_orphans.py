"""What lies in store and vault: everything is listed by the graph, what is not is found and swept, and nothing else."""

import asyncio
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from obia.server.archive import OpenArchive, open_archive
from obia.server.audit import unfinished, verify
from obia.server.orphans import orphans
from obia.server.process import this_process
from obia.server.settings import Settings
from tests.faults import disturbed

pytestmark = pytest.mark.neo4j

NOTHING, DRIFT = 0, 65
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(empty: Settings) -> Run:
    """Runs a command of the real program on an archive with one collection."""
    asyncio.run(disturbed.add_collection(empty))
    return lambda *words, crash_at="": disturbed.obia(empty, *words, crash_at=crash_at)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which every verdict occurs."""
    return disturbed.corpus(tmp_path / "corpus")


def ingest(folder: Path) -> tuple[str, ...]:
    return "ingest", str(folder), "--collection", "OBIA0001"


def found(settings: Settings) -> list[str]:
    """The orphans, whatever else there is."""

    async def look() -> list[str]:
        async with open_archive(settings) as archive:
            return await orphans(archive.graph, archive.store, archive.vault)

    return asyncio.run(look())


def plant(settings: Settings) -> list[str]:
    """Put an image, an original and manifests of nobody into store and vault, and return their names."""

    async def put() -> None:
        async with open_archive(settings) as archive:
            _plant(archive)

    asyncio.run(put())
    return ["images/aaaa/000000/bbbb", "vault/cccc", "vault/manifests/dddd"]


def _plant(archive: OpenArchive) -> None:
    for suffix in ("dcm", "json"):
        archive.store.put(f"images/aaaa/000000/bbbb.{suffix}", _put_nothing)
    archive.vault.keep("cccc", io.BytesIO(b"an original"), {"path": "p", "batch": "aaaa/000000"})
    archive.vault.write_manifest("dddd/000000", {"files": []})


def _put_nothing(target: BinaryIO) -> None:
    target.write(b"nothing")


def files(settings: Settings) -> list[str]:
    store = settings.home / "store"
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


def test_what_a_killed_intake_sealed_leaves_when_another_took_the_files_in(
    empty: Settings, run: Run, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    killed = run(*ingest(folder), crash_at="files-stored")
    assert run(*ingest(tmp_path / "copy")).returncode == 0

    resumed = run(*ingest(folder))

    disturbed.assert_killed_at(killed, "files-stored")
    assert resumed.returncode == 0, resumed.stderr
    assert not found(empty)
    assert run("graph", "check").stdout == "no drift\n"


def test_a_check_finds_what_the_graph_does_not_list_and_sweeps_it(empty: Settings, run: Run, folder: Path) -> None:
    assert run(*ingest(folder)).returncode == 0
    before = files(empty)
    names = plant(empty)

    checked = run("graph", "check")
    swept = run("graph", "check", "--sweep")

    assert checked.stdout.splitlines() == [f"Store {name}: kept nothing, found an orphan" for name in names]
    assert swept.stdout.splitlines() == [f"Store {name}: kept nothing, found an orphan, removed" for name in names]
    assert (checked.returncode, swept.returncode) == (DRIFT, NOTHING)
    assert files(empty) == before
    assert run("graph", "check").stdout == "no drift\n"
    log = (empty.home / "audit.jsonl").read_text()
    assert all(log.count(f'"action": "graph.sweep", "subject": "{name}"') == 2 for name in names)
    assert verify(empty.home / "audit.jsonl")


@pytest.mark.parametrize("point", ["batch-read", "files-stored", "transaction-open", "transaction-committed"])
def test_a_sweep_leaves_what_an_unfinished_intake_stored(empty: Settings, run: Run, folder: Path, point: str) -> None:
    run(*ingest(folder), crash_at=point)
    before = files(empty)

    swept = run("graph", "check", "--sweep")

    assert "orphan" not in swept.stdout
    assert files(empty) == before
    assert run(*ingest(folder)).returncode == 0
    assert run("graph", "check").stdout == "no drift\n"


def test_a_sweep_leaves_the_manifests_of_a_living_process(empty: Settings, run: Run) -> None:
    async def sweep() -> "subprocess.CompletedProcess[str]":
        async with open_archive(empty) as archive:
            archive.vault.write_manifest("dddd/owner", {"owner": this_process()})
            return await asyncio.to_thread(run, "graph", "check", "--sweep")

    assert asyncio.run(sweep()).stdout == "no drift\n"
    assert [name for name in files(empty) if "dddd" in name]


def test_a_sweep_killed_on_its_way_is_completed_at_the_next_start(empty: Settings, run: Run) -> None:
    first, *_ = plant(empty)

    killed = run("graph", "check", "--sweep", crash_at="change-committed")
    left = found(empty)

    disturbed.assert_killed_at(killed, "change-committed")
    assert first not in left
    assert len(left) == 2
    assert not unfinished(empty.home / "audit.jsonl")


@pytest.mark.parametrize("kind", ["originals", "notes"])
def test_a_check_finds_what_the_vault_lacks(empty: Settings, run: Run, folder: Path, kind: str) -> None:
    assert run(*ingest(folder)).returncode == 0
    lost = next((empty.home / "store" / "vault" / kind).iterdir())
    lost.unlink()

    checked = run("graph", "check")

    noun = "an original" if kind == "originals" else "a note"
    assert checked.stdout == f"Quarantined {lost.name}: kept {noun} in the vault, found none\n"
    assert checked.returncode == DRIFT
