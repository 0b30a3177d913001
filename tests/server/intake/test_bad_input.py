"""Bad input through the whole intake: each file ends with its code, and the rest of the batch is taken."""

import asyncio
import socket
from pathlib import Path

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, exit_status
from obia.server import quarantine
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection
from obia.server.graph.check import drifts
from obia.server.intake.ingest import Folder, Progress, ingest
from obia.server.settings import Settings
from tests import bad_input, make
from tests.faults import disturbed

SOUND = 5

pytestmark = pytest.mark.neo4j


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder in which every row of the table lies, between sound files, beside links that run in circles."""
    inbox = tmp_path / "inbox"
    for number in range(SOUND):
        make.file(inbox / f"{'az'[number % 2]}-sound" / f"{number}.dcm", bad_input.good())
    (inbox / "loop").symlink_to(inbox)
    (inbox / "a-sound" / "up").symlink_to("..")
    return inbox


@pytest.mark.anyio
async def test_every_row_ends_with_its_code_and_the_rest_of_the_batch_is_taken(
    archive: OpenArchive, inbox: Path
) -> None:
    expected = bad_input.lay(inbox)
    refused = {path: code for path, code in expected.items() if code is not None}
    collection = await create_collection(archive, ADMINISTRATOR, NewCollection("T"))

    report = await ingest(archive, ADMINISTRATOR, Folder(inbox), collection, Progress())

    assert await _quarantined(archive) == refused
    assert report.outcomes.accepted == len(expected) - len(refused) + SOUND
    assert report.outcomes.total == len(expected) + SOUND


@pytest.mark.anyio
async def test_bad_input_leaves_nothing_half_written(archive: OpenArchive, inbox: Path) -> None:
    taken = SOUND + sum(code is None for code in bad_input.lay(inbox).values())
    collection = await create_collection(archive, ADMINISTRATOR, NewCollection("T"))

    await ingest(archive, ADMINISTRATOR, Folder(inbox), collection, Progress())

    assert await archive.graph.read("MATCH (i:Image) RETURN count(i)") == [[taken]]
    assert await archive.graph.read("MATCH (b:Batch) WHERE b.state <> 'DONE' RETURN b.id") == []
    assert sum(name.endswith(".dcm") for name in archive.store.names("images")) == taken
    assert not [each async for each in drifts(archive.graph, archive.store)]
    assert not [path for path in archive.settings.home.rglob(".staging/*") if path.is_file()]


def test_files_that_make_libraries_panic_leave_no_word_on_standard_error(empty: Settings, tmp_path: Path) -> None:
    asyncio.run(disturbed.add_collection(empty))
    sound = make.file(tmp_path / "inbox" / "sound.dcm", bad_input.good())
    for number in range(3):
        (tmp_path / "inbox" / f"panic{number}.dcm").write_bytes(bad_input.panicking())
    for vr in ("US", "AT", "FD", "ZZ", "EI"):
        (tmp_path / "inbox" / f"{vr}.dcm").write_bytes(bad_input.with_meta_vr(sound.read_bytes(), vr))

    run = disturbed.obia(empty, "ingest", str(tmp_path / "inbox"), "--collection", "OBIA0001", RUST_BACKTRACE="1")

    assert (run.returncode, run.stderr) == (0, "")
    assert "UNREADABLE" in run.stdout
    assert "ACCEPTED" in run.stdout


@pytest.mark.parametrize(
    ("accession", "code"),
    [
        ("OBIA0042", Code.NOT_FOUND),
        ("OBIA1", Code.BAD_ACCESSION),
        ("PRJCA000001", Code.BAD_ACCESSION),
        ("", Code.BAD_ACCESSION),
        ("OBIA０００１", Code.BAD_ACCESSION),
    ],
)
def test_ingest_refuses_a_collection_that_is_none_in_one_line(
    empty: Settings, tmp_path: Path, accession: str, code: Code
) -> None:
    file = make.file(tmp_path / "inbox" / "sound.dcm", bad_input.good())

    run = disturbed.obia(empty, "ingest", str(file), "--collection", accession)

    _assert_one_line(run.stderr, code)
    assert (run.returncode, run.stdout) == (exit_status(code), "")
    assert not list((empty.home / "store").rglob("*.dcm"))


@pytest.mark.parametrize("command", [("ingest", ".", "--collection", "OBIA0001"), ("work", "--until-idle")])
def test_a_graph_that_is_not_there_is_one_line(empty: Settings, command: tuple[str, ...], closed: int) -> None:
    run = disturbed.obia(empty, *command, OBIA_GRAPH_URL=f"bolt://127.0.0.1:{closed}")

    _assert_one_line(run.stderr, Code.GRAPH_UNAVAILABLE)
    assert run.returncode == exit_status(Code.GRAPH_UNAVAILABLE)


def test_a_queue_that_is_not_there_is_one_line(empty: Settings, closed: int) -> None:
    run = disturbed.obia(empty, "work", "--until-idle", OBIA_REDIS_URL=f"redis://127.0.0.1:{closed}/0")

    _assert_one_line(run.stderr, Code.QUEUE_UNAVAILABLE)
    assert run.returncode == exit_status(Code.QUEUE_UNAVAILABLE)


@pytest.fixture
def closed() -> int:
    """A port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


async def _quarantined(archive: OpenArchive) -> dict[Path, Code]:
    """The code of every quarantined file by its path, which the vault alone knows."""
    found = {}
    for entry in await quarantine.entries(archive):
        shown = await quarantine.show(archive, ADMINISTRATOR, entry.intake_id)
        found[Path(str(shown["path"]))] = Code(entry.code)
    return found


def _assert_one_line(stderr: str, code: Code) -> None:
    said = [line for line in stderr.splitlines() if line != "working; stop with Ctrl-C"]
    assert len(said) == 1, stderr
    assert said[0].startswith(f"obia: {code}: ")
