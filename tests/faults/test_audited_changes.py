"""Changes of the real program: refused where they cannot be recorded; killed at any step, graph and log agree."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from obia.schema.access import ADMINISTRATOR, Role
from obia.schema.errors import Code
from obia.server import access, quarantine
from obia.server.archive import open_archive
from obia.server.audit import INTENDED, Audit, unfinished, verify
from obia.server.changing import VOID
from obia.server.collections import NewCollection, create_collection
from obia.server.graph.dump import dump
from obia.server.intake.crash import CHANGE_POINTS
from obia.server.intake.ingest import Folder, Progress, ingest
from obia.server.settings import Settings
from tests import make
from tests.conftest import connect
from tests.faults import disturbed

pytestmark = pytest.mark.neo4j

COMMANDS = {
    "collection add": ("collection", "add", "--title", "New"),
    "collection edit": ("collection", "edit", "OBIA0001", "--title", "Other"),
    "collection release": ("collection", "release", "OBIA0001"),
    "collection remove": ("collection", "remove", "OBIA0002"),
    "token add": ("token", "add", "bob"),
    "token revoke": ("token", "revoke", "ann"),
    "quarantine discard": ("quarantine", "discard", "INTAKE", "--yes"),
    "quarantine show": ("quarantine", "show", "INTAKE"),
    "link import": ("link", "import", "TABLES/links.csv"),
    "clinical import": ("clinical", "import", "TABLES/clinical.csv"),
    "ingest": ("ingest", "MORE", "--collection", "OBIA0001"),
}
_CHANGES = {"collection.release": COMMANDS["collection release"], "token.add": COMMANDS["token add"]}


class World:
    """An archive with two collections, images, a quarantined file and a token, and tables and files to bring in."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.log = settings.home / "audit.jsonl"
        make.file(folder / "files" / "a.dcm", make.image(PatientID="P1"))
        (folder / "files" / "broken.dcm").write_text("no DICOM at all")
        make.file(folder / "more" / "b.dcm", make.image(PatientID="P2"))
        (folder / "links.csv").write_text("collection,bioproject\nOBIA0002,PRJCA000002\n")
        (folder / "clinical.csv").write_text(
            "collection,patient_id,kind,code,value,date\nOBIA0001,P1,demographics,sex,FEMALE,\n"
        )
        asyncio.run(self._fill())

    def run(self, words: tuple[str, ...], **more: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the real program on it."""
        places = {"INTAKE": self.intake_id, "MORE": str(self.folder / "more")}
        given = [places.get(word, word.replace("TABLES", str(self.folder))) for word in words]
        return disturbed.obia(self.settings, *given, **more)

    def state(self) -> tuple[list[str], list[str]]:
        """Everything the graph and the store hold."""
        store = self.settings.home / "store"
        return asyncio.run(self._lines()), sorted(str(path) for path in store.rglob("*") if path.is_file())

    def events(self) -> list[dict[str, Any]]:
        """The lines of the audit log."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    async def _lines(self) -> list[str]:
        async with connect(self.settings) as graph:
            return [line async for line in dump(graph)]

    async def _fill(self) -> None:
        async with open_archive(self.settings) as archive:
            for title in ("One", "Two"):
                await create_collection(archive, ADMINISTRATOR, NewCollection(title, bioproject="PRJCA000001"))
            await access.add_token(archive, ADMINISTRATOR, "ann", Role.RESEARCHER, ())
            await ingest(archive, ADMINISTRATOR, Folder(self.folder / "files"), "OBIA0001", Progress())
            [entry] = await quarantine.entries(archive)
            self.intake_id = entry.intake_id


@pytest.fixture
def blocked(world: "World", tmp_path: Path) -> Iterator["World"]:
    """A world whose audit log cannot be written, since a folder lies in its place: no permission stops root."""
    world.log.rename(tmp_path / "kept.jsonl")
    world.log.mkdir()
    yield world
    world.log.rmdir()
    (tmp_path / "kept.jsonl").rename(world.log)


@pytest.fixture
def world(empty: Settings, tmp_path: Path) -> World:
    """A world of the test's own."""
    return World(empty, tmp_path)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_recorded_is_refused_and_nothing_happens(blocked: World, name: str) -> None:
    before = blocked.state()

    run = blocked.run(COMMANDS[name])

    assert run.returncode == 73, run.stderr
    [line] = [line for line in run.stderr.splitlines() if line.startswith("obia:")]
    assert line.startswith(f"obia: {Code.AUDIT_UNWRITABLE}: the audit log")
    assert "obia_" not in run.stdout
    assert blocked.state() == before


@pytest.mark.parametrize("name", ["collection list", "token list", "status"])
def test_what_records_nothing_does_without_a_log(blocked: World, name: str) -> None:
    assert blocked.run(tuple(name.split())).returncode == 0


@pytest.mark.parametrize("action", _CHANGES)
@pytest.mark.parametrize("point", CHANGE_POINTS)
def test_a_change_killed_at_a_point_is_completed_at_the_next_start(world: World, point: str, action: str) -> None:
    killed = world.run(_CHANGES[action], crash_at=point)
    announced = unfinished(world.log)
    named = world.run(("audit", "verify"))
    again = world.run(("token", "list"))
    verified = world.run(("audit", "verify"))

    disturbed.assert_killed_at(killed, point)
    assert [each.action for each in announced] == ([] if point == "outcome-written" else [action])
    assert all(f"{each.change} {action} {each.subject}" in named.stdout for each in announced)
    assert again.returncode == verified.returncode == 0, again.stderr
    assert "without an outcome" not in verified.stdout
    first, last = [each for each in world.events() if each["action"] == action][-2:]
    assert (first["outcome"], last["outcome"]) == (INTENDED, VOID if point == "intent-written" else "ok")
    assert first["change"] == last["change"]
    lines, _ = world.state()
    assert _is_made(lines, action) is (last["outcome"] == "ok")
    assert not [line for line in lines if '"label": "Change"' in line]


def _is_made(lines: list[str], action: str) -> bool:
    sign = '"label": "Release"' if action == "collection.release" else '"name": "bob"'
    return any(sign in line for line in lines)


@pytest.mark.parametrize("point", CHANGE_POINTS)
def test_a_discard_killed_at_a_point_leaves_nothing_that_no_list_shows(world: World, point: str) -> None:
    killed = world.run(COMMANDS["quarantine discard"], crash_at=point)
    world.run(("token", "list"))

    disturbed.assert_killed_at(killed, point)
    lines, files = world.state()
    is_listed = any(f'"key": "{world.intake_id}"' in line for line in lines)
    kept = [path for path in files if world.intake_id in path and "/vault/" in path]
    assert is_listed is (point == "intent-written")
    assert len(kept) == (2 if is_listed else 0)  # the original and its note
    assert world.events()[-1]["outcome"] == (VOID if is_listed else "ok")
    assert not unfinished(world.log)


def test_the_intent_of_a_living_process_is_left_alone(world: World) -> None:
    async def held() -> str:
        async with open_archive(world.settings) as archive:
            async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
                await asyncio.to_thread(world.run, ("token", "list"))
                during = unfinished(world.log)
                await change.write(lambda tx: tx.run("RETURN 1"))
                await asyncio.to_thread(world.run, ("token", "list"))
            return ", ".join(each.action for each in during)

    assert asyncio.run(held()) == "a.b"
    assert [each["outcome"] for each in world.events()[-2:]] == [INTENDED, "ok"]


def test_a_log_without_intents_is_gone_on_with(world: World) -> None:
    for line in world.events():
        assert "change" in line
    world.log.unlink()
    world.log.with_suffix(".head").unlink()
    old = Audit(world.settings.home)
    old.record(ADMINISTRATOR, "collection.create", "OBIA0001")

    run = world.run(COMMANDS["token add"])

    assert run.returncode == 0
    assert verify(world.log) == 3
