"""Graph, store and key of one archive belong together; what does not is named, and nothing is written."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, ObiaError
from obia.schema.graph import SCHEMA_VERSION
from obia.server.archive import OpenArchive, open_archive
from obia.server.cli.init import make_home
from obia.server.collections import NewCollection, create_collection
from obia.server.graph.statements import cypher
from obia.server.http.health import Readiness
from obia.server.intake.ingest import Folder, Progress, ingest
from obia.server.process import this_process
from obia.server.settings import Settings
from obia.server.together import MARKER
from tests import make
from tests.conftest import settings_on
from tests.faults.disturbed import obia

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


async def _fill(archive: OpenArchive, folder: Path) -> None:
    collection = await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))
    make.file(folder / "a.dcm", make.image())
    await ingest(archive, ADMINISTRATOR, Folder(folder), collection, Progress())


async def _code(settings: Settings) -> tuple[Code, str]:
    """With which code an archive of these settings refuses to open."""
    with pytest.raises(ObiaError) as caught:
        async with open_archive(settings):
            pass
    return caught.value.code, caught.value.message


async def test_a_store_bears_the_archives_id(archive: OpenArchive) -> None:
    assert archive.keys.key_id in archive.store.path(MARKER).read_text()


async def test_a_mistyped_store_is_named_and_not_made(archive: OpenArchive, tmp_path: Path) -> None:
    await _fill(archive, tmp_path / "inbox")
    mistyped = replace(archive.settings, store_url=f"file://{tmp_path}/mistyped")

    code, message = await _code(mistyped)

    assert (code, "OBIA_STORE_URL" in message) == (Code.STORE_WRONG, True)
    assert not (tmp_path / "mistyped").exists()


async def test_another_archives_store_is_named(archive: OpenArchive, tmp_path: Path) -> None:
    await _fill(archive, tmp_path / "inbox")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / MARKER).write_text('{"format": 1, "archive": "0123456789abcdef"}')

    code, message = await _code(replace(archive.settings, store_url=f"file://{tmp_path}/other"))

    assert (code, "another archive" in message) == (Code.STORE_WRONG, True)


async def test_a_store_that_was_filled_before_it_was_marked_is_taken(archive: OpenArchive, tmp_path: Path) -> None:
    await _fill(archive, tmp_path / "inbox")
    archive.store.path(MARKER).unlink()

    async with open_archive(archive.settings) as again:
        assert again.store.path(MARKER).is_file()


async def test_a_store_that_goes_while_it_is_served_is_not_ready(archive: OpenArchive, tmp_path: Path) -> None:
    await _fill(archive, tmp_path / "inbox")
    readiness = Readiness(archive)
    archive.store.path(MARKER).rename(tmp_path / "gone")

    with pytest.raises(ObiaError) as caught:
        await readiness.answer(None)  # type: ignore[arg-type]

    assert caught.value.code is Code.STORE_WRONG


async def test_status_says_which_one_does_not_belong(archive: OpenArchive, tmp_path: Path) -> None:
    await _fill(archive, tmp_path / "inbox")

    done = await asyncio.to_thread(obia, archive.settings, "status", OBIA_STORE_URL=f"file://{tmp_path}/mistyped")

    assert done.returncode == 78
    assert "STORE_WRONG" in done.stderr


async def test_a_second_host_without_the_key_is_told_to_bring_it(
    archive: OpenArchive, services: Settings, tmp_path: Path
) -> None:
    second = settings_on(services, tmp_path / "second")

    shown = await asyncio.to_thread(obia, second, "status")
    made = await asyncio.to_thread(obia, second, "init")

    assert (shown.returncode, made.returncode) == (77, 77)
    assert "copy the file `key`" in shown.stderr
    assert "copy the file `key`" in made.stderr
    assert not (second.home / "key").exists()


async def test_a_mistyped_store_of_an_archive_without_images_is_not_made(archive: OpenArchive, tmp_path: Path) -> None:
    code, _ = await _code(replace(archive.settings, store_url=f"file://{tmp_path}/mistyped"))

    assert code is Code.STORE_WRONG
    assert not (tmp_path / "mistyped").exists()


async def test_a_folder_with_other_images_is_not_adopted(archive: OpenArchive, tmp_path: Path) -> None:
    await _fill(archive, tmp_path / "inbox")
    make.file(tmp_path / "other" / "images" / "a.dcm", make.image())

    code, _ = await _code(replace(archive.settings, store_url=f"file://{tmp_path}/other"))

    assert code is Code.STORE_WRONG
    assert not (tmp_path / "other" / MARKER).exists()


async def test_a_store_without_the_quarantined_originals_is_named(archive: OpenArchive, tmp_path: Path) -> None:
    collection = await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.dcm").write_bytes(make.data(make.image())[:-100])
    await ingest(archive, ADMINISTRATOR, Folder(tmp_path / "inbox"), collection, Progress())
    (tmp_path / "empty").mkdir()

    code, _ = await _code(replace(archive.settings, store_url=f"file://{tmp_path}/empty"))

    assert code is Code.STORE_WRONG


async def test_another_archives_store_keeps_its_drafts(archive: OpenArchive, tmp_path: Path) -> None:
    draft = tmp_path / "other" / ".staging" / f"{quote(this_process(), safe='')}0.abc"
    draft.parent.mkdir(parents=True)
    draft.touch()
    (tmp_path / "other" / MARKER).write_text('{"format": 1, "archive": "0123456789abcdef"}')

    await _code(replace(archive.settings, store_url=f"file://{tmp_path}/other"))

    assert draft.exists()


async def test_another_archives_graph_is_not_migrated(archive: OpenArchive, services: Settings, tmp_path: Path) -> None:
    other = settings_on(services, tmp_path / "other")
    make_home(other)
    await archive.graph.run("MATCH (m:Meta) SET m.schemaVersion = 2")

    try:
        await _code(other)
        [[version]] = await archive.graph.read(cypher("schema_version"))
    finally:
        await archive.graph.run("MATCH (m:Meta) SET m.schemaVersion = $now", {"now": SCHEMA_VERSION})

    assert version == 2


async def test_status_without_the_key_of_a_filled_home_fails(archive: OpenArchive, services: Settings) -> None:
    (services.home / "store").mkdir()

    try:
        done = await asyncio.to_thread(_alone, services.home, "status")
    finally:
        (services.home / "store").rmdir()

    assert done.returncode == 77
    assert "put your copy of the key back" in done.stderr


def _alone(home: Path, command: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a command on a home that names no graph elsewhere."""
    environment = {"PATH": os.environ["PATH"], "OBIA_HOME": str(home), **more}
    arguments = [sys.executable, "-m", "obia", command]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=120, check=False)


async def test_init_beside_another_archives_store_writes_no_key(archive: OpenArchive, tmp_path: Path) -> None:
    second, store = tmp_path / "second", f"file://{archive.store.root}"

    done = await asyncio.to_thread(_alone, second, "init", OBIA_STORE_URL=store)

    assert done.returncode == 77
    assert "copy the file `key`" in done.stderr
    assert not second.exists()


async def test_a_job_that_begins_is_logged(
    archive: OpenArchive, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "obia"):
        await _fill(archive, tmp_path / "inbox")

    assert [each for each in caplog.messages if "of OBIA0001 begins: 1 files, 1 batches" in each]


async def test_another_key_is_named(archive: OpenArchive, services: Settings, tmp_path: Path) -> None:
    other = settings_on(services, tmp_path / "other")
    make_home(other)

    code, message = await _code(other)

    assert (code, "another key" in message) == (Code.KEY_WRONG, True)


@pytest.mark.parametrize("place", ["run/suspects", "store/images", "store/vault"])
async def test_a_file_where_a_folder_should_be_is_73(archive: OpenArchive, tmp_path: Path, place: str) -> None:
    await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))
    make.file(tmp_path / "inbox" / "a.dcm", make.image())
    where = archive.settings.home / place
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text("a file")

    done = await asyncio.to_thread(obia, archive.settings, "ingest", f"{tmp_path}/inbox", "--collection", "OBIA0001")

    assert done.returncode == 73, done.stderr
    assert "Traceback" not in done.stderr
