"""Planted identities are found nowhere outside the vault, and the scanner proves first that it would see them."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis

from obia.schema.access import ADMINISTRATOR
from obia.server.audit import Audit
from obia.server.settings import Secret, Settings
from tests import make
from tests.conftest import wipe
from tests.faults import disturbed, planting, scanning
from tests.faults.scanning import Tap

pytestmark = pytest.mark.neo4j

COLLECTION = "OBIA0001"
COMPRESSED = (make.JPEG, make.J2K, make.RLE)


@dataclass(slots=True)
class Places:
    """Every place outside the vault, as bytes, and the control values that the scanner must see in each."""

    held: dict[str, bytes] = field(default_factory=dict)
    controls: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, place: str, content: bytes, *controls: str) -> None:
        """Keep what a place holds."""
        self.held[place] = self.held.get(place, b"") + b"\n" + content
        self.controls[place] = (*self.controls.get(place, ()), *controls)


@pytest.fixture(scope="module")
def places(services: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """What an archive leaves behind that took planted files in: by itself, killed once, and by a worker."""
    folder = tmp_path_factory.mktemp("planted")
    run = Run(_settings(services, folder), folder)
    yield run.places()
    run.close()


def _settings(services: Settings, folder: Path) -> Settings:
    from obia.server.cli.init import make_home
    from tests.conftest import settings_on

    settings = settings_on(services, folder / "home")
    make_home(settings)
    asyncio.run(wipe(settings))
    return settings


class Run:
    """One archive behind taps, and what was put into it."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        assert settings.graph_url
        self._folder = folder
        self._temporary = folder / "temporary"
        self._temporary.mkdir()
        self._home = settings.home
        self._queue = settings.redis_url.reveal() if settings.redis_url else ""
        self._bolt, self._resp = _tap(settings.graph_url), _tap(self._queue)
        self._settings = replace(
            settings,
            graph_url=_through(settings.graph_url, self._bolt),
            redis_url=Secret(_through(self._queue, self._resp)),
        )
        self._kept = {depth: planting.stem() for depth in planting.DEPTHS}
        self._places = Places()

    def close(self) -> None:
        """Take the taps away."""
        self._bolt.close()
        self._resp.close()

    def places(self) -> Places:
        """Take everything in and gather what every place holds."""
        title = planting.stem()
        self._obia("collection", "add", "--title", title, "--bioproject", "PRJCA000001")
        folder = _lay(self._folder / planting.name(), self._kept)
        self._obia("ingest", str(folder), "--collection", COLLECTION, crash_at="files-stored")
        self._store("store after a crash", "crashed")
        self._temporary_files()
        taken = self._obia("ingest", str(folder), "--collection", COLLECTION, "--json")
        self._places.add("outcome", taken.encode())
        self._by_worker()
        self._look(title)
        return self._places

    def _by_worker(self) -> None:
        """Queue a folder, look into the queue, and let a worker do it."""
        inbox = self._folder / "inbox"
        planting.file(inbox / "job" / planting.name() / f"{planting.name()}.dcm", planting.simple())
        (inbox / "job" / f"{planting.name()}.txt").write_text(planting.stem())
        document = f'mutation {{ startIngest(input: {{collection: "{COLLECTION}", folder: "job"}}) {{ id }} }}'
        self._obia("query", document, OBIA_INBOX=str(inbox))
        self._queued()
        self._obia("work", "--until-idle")

    def _queued(self) -> None:
        control = planting.stem()
        with redis.Redis.from_url(self._queue) as queue:
            queue.rpush(control, base64.b64encode(control.encode()))
            self._places.add("queue", b"\n".join(everything(queue)), control)
            queue.delete(control)
        with redis.Redis.from_url(_through(self._queue, self._resp)) as queue:
            control = planting.stem()
            queue.echo(control)
        self._places.add("queue on the wire", b"", control)

    def _look(self, title: str) -> None:
        nothing = planting.stem()
        self._obia("quarantine", "list")
        self._obia("collection", "list")
        self._obia("quarantine", "show", nothing)
        self._places.add("standard output", b"", title)
        self._places.add("standard error", b"", nothing)
        self._places.add("graph dump", self._obia("graph", "dump").encode(), title)
        Audit(self._home).record(ADMINISTRATOR, "control", control := planting.stem())
        self._places.add("audit log", (self._home / "audit.jsonl").read_bytes(), control)
        self._store("store", "left")
        self._temporary_files()
        self._places.add("Bolt on the wire", self._bolt.recorded(), title)
        self._places.add("queue on the wire", self._resp.recorded())

    def _store(self, place: str, control: str) -> None:
        """Everything under the home but the vault; what the archive keeps by right shows that all depths were read."""
        control_file = self._home / "store" / ".staging" / control
        control_file.parent.mkdir(exist_ok=True)
        control_file.write_text(stem := planting.stem(), encoding="utf-16-le")
        content = scanning.files(self._home, self._home / "store" / "vault", self._home / "audit.jsonl")
        control_file.unlink()
        self._places.add(place, content, stem, *self._kept.values())

    def _temporary_files(self) -> None:
        control = self._temporary / planting.stem()
        control.touch()
        self._places.add("temporary folder", scanning.files(self._temporary), control.name)
        control.unlink()

    def _obia(self, *arguments: str, crash_at: str = "", **more: str) -> str:
        run = disturbed.obia(
            self._settings,
            *arguments,
            crash_at=crash_at,
            TMPDIR=str(self._temporary),
            OBIA_LOG_LEVEL="DEBUG",
            OBIA_TRACE="true",
            **more,
        )
        self._places.add("standard output", run.stdout.encode())
        self._places.add("standard error", run.stderr.encode())
        return run.stdout


def _lay(folder: Path, kept: dict[int, str]) -> Path:
    """Planted files: some that are sound, one a depth and one a compression, and some that end in quarantine."""
    for depth in planting.DEPTHS:
        planting.file(folder / planting.name() / f"{planting.name()}.dcm", planting.planted(depth, kept[depth]))
    for syntax in COMPRESSED:
        planting.compressed(folder / f"{planting.name()}.dcm", syntax)
    cut = planting.file(folder / f"{planting.name()}.dcm", planting.simple())
    cut.write_bytes(cut.read_bytes()[:-100])
    planting.file(folder / f"{planting.name()}.dcm", planting.simple(PatientID=None))
    clash = planting.simple()
    planting.file(folder / f"{planting.name()}.dcm", clash)
    clash.Manufacturer = "OTHER"
    planting.file(folder / f"{planting.name()}.dcm", clash)
    (folder / f"{planting.name()}.txt").write_text(planting.stem() + planting.HANZI, encoding="gb18030")
    return folder


def _tap(url: str) -> Tap:
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    return Tap(parts.hostname, parts.port)


def _through(url: str, tap: Tap) -> str:
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{tap.port}"))


def everything(queue: Any) -> Iterator[bytes]:
    """Every key of a queue and what it holds."""
    readers: dict[bytes, Callable[[bytes], Iterable[bytes]]] = {
        b"string": lambda key: [queue.get(key)],
        b"list": lambda key: queue.lrange(key, 0, -1),
        b"hash": lambda key: [each for pair in queue.hgetall(key).items() for each in pair],
        b"set": queue.smembers,
        b"zset": lambda key: queue.zrange(key, 0, -1),
    }
    for key in queue.scan_iter():
        yield key
        kind = queue.type(key)
        yield from () if kind == b"none" else readers[kind](key)


def test_planted_files_end_as_they_should(places: Places) -> None:
    outcome = json.loads(places.held["outcome"])

    assert outcome["accepted"] == len(planting.DEPTHS) + len(COMPRESSED)
    assert outcome["quarantined"] == {"CONFLICT": 2, "NOT_DICOM": 1, "NO_PATIENT_ID": 1, "TRUNCATED": 1}


PLACES = (
    "store",
    "store after a crash",
    "graph dump",
    "Bolt on the wire",
    "queue",
    "queue on the wire",
    "temporary folder",
    "standard output",
    "standard error",
    "audit log",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_control_value_is_seen(places: Places, place: str) -> None:
    assert places.controls[place]

    assert not scanning.controls(places.held[place], *places.controls[place])


@pytest.mark.parametrize("place", PLACES)
def test_no_planted_identity_is_seen(places: Places, place: str) -> None:
    known = {control.lower() for controls in places.controls.values() for control in controls}

    assert scanning.found(places.held[place]) - known == set()
