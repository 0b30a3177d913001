"""Graph, store and key of one archive belong together; what does not is named, and nothing is written."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, ObiaError
from obia.server.archive import OpenArchive, open_archive
from obia.server.cli.init import make_home
from obia.server.collections import NewCollection, create_collection
from obia.server.http.health import Readiness
from obia.server.intake.ingest import Folder, Progress, ingest
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
