"""Quarantined files that are processed again from the vault: only the originals that were quarantined, and to an end."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom import Dataset

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import BadInput, NotFound, ObiaError
from obia.server import jobs
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection
from obia.server.intake import sources, submission
from obia.server.intake.batch import open_batches, work_on
from obia.server.intake.finishing import accept_from_vault
from obia.server.intake.ingest import Folder, Progress, Report, ingest
from obia.server.quarantine import accept, discard, entries, show
from obia.server.work.worker import work
from tests import make

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


@pytest.fixture
async def collection(archive: OpenArchive) -> str:
    """The accession of a draft."""
    return await create_collection(archive, ADMINISTRATOR, NewCollection("T"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for files to take in."""
    return tmp_path / "inbox"


async def take(archive: OpenArchive, collection: str, folder: Path, datasets: Sequence[Dataset]) -> Report:
    """Write the datasets into the folder, over those of the same number, and take it in."""
    for number, dataset in enumerate(datasets):
        make.file(folder / f"{number}.dcm", dataset)
    return await ingest(archive, ADMINISTRATOR, Folder(folder), collection, Progress())


def changed(dataset: Dataset) -> Dataset:
    """An image under the UID of another, with other content."""
    return make.image(SOPInstanceUID=dataset.SOPInstanceUID, Manufacturer="OTHER")


async def intake_ids(archive: OpenArchive) -> list[str]:
    return [each.intake_id for each in await entries(archive)]


async def images(archive: OpenArchive) -> int:
    [[count]] = await archive.graph.read("MATCH (i:Image) RETURN count(i)")
    return int(count)


async def conflict(archive: OpenArchive, collection: str, folder: Path) -> list[str]:
    """Two files of one UID and other content: the intake ids of both, quarantined with their originals."""
    image = make.image()
    await take(archive, collection, folder, [image, changed(image)])
    return await intake_ids(archive)


async def test_a_file_that_was_corrected_in_place_is_not_taken_for_its_original(
    archive: OpenArchive, collection: str, folder: Path
) -> None:
    image = make.image()
    await take(archive, collection, folder, [image])
    [[first]] = await archive.graph.read("MATCH (i:Image) RETURN i.intakeId")

    await take(archive, collection, folder, [changed(image)])
    [rival] = set(await intake_ids(archive)) - {first}

    assert "another file" in (await show(archive, ADMINISTRATOR, first))["standIn"]
    with pytest.raises(NotFound, match="discard it and offer the file again"):
        await accept(archive, ADMINISTRATOR, [first])
    assert await discard(archive, ADMINISTRATOR, [rival]) == 0
    assert (await intake_ids(archive), await images(archive)) == ([first], 0)


async def test_a_clean_copy_is_not_processed_as_an_original_and_gives_way_to_it(
    archive: OpenArchive, collection: str, folder: Path
) -> None:
    image = make.image()
    await take(archive, collection, folder / "first", [image])
    (folder / "first" / "0.dcm").unlink()
    await take(archive, collection, folder / "second", [changed(image)])
    [[stand_in]] = await archive.graph.read("MATCH (q:Quarantined) RETURN q.intakeId ORDER BY q.recipe IS NULL LIMIT 1")
    rivals = set(await intake_ids(archive)) - {stand_in}

    assert await discard(archive, ADMINISTRATOR, sorted(rivals)) == 0
    assert await images(archive) == 0
    again = await take(archive, collection, folder / "again", [image])

    assert again.outcomes.by_code == {"ACCEPTED": 1}
    assert not await entries(archive)


async def test_what_was_discarded_meanwhile_is_left_out(archive: OpenArchive, collection: str, folder: Path) -> None:
    one, two = await conflict(archive, collection, folder)
    planned = await submission.plan_from_vault(archive, ADMINISTRATOR, collection, [one], is_decided=True)

    await discard(archive, ADMINISTRATOR, [one])  # which lets the other be accepted
    for batch in await open_batches(archive, planned):
        assert await work_on(archive, batch.id, collection)

    assert await archive.graph.read("MATCH (i:Image) RETURN i.intakeId") == [[two]]
    with pytest.raises(NotFound):
        await discard(archive, ADMINISTRATOR, [one])


async def test_an_original_that_is_another_file_than_before_is_refused(
    archive: OpenArchive, collection: str, folder: Path
) -> None:
    one, two = await conflict(archive, collection, folder)
    archive.vault.keep(one, io.BytesIO(b"".join(archive.vault.original(two))), archive.vault.note(one))

    decided = await accept(archive, ADMINISTRATOR, [one])

    assert (decided.accepted, [each.code for each in decided.left]) == (0, ["UNREADABLE"])


async def test_an_original_that_is_damaged_is_refused_and_the_job_ends(
    archive: OpenArchive, collection: str, folder: Path
) -> None:
    one, _ = await conflict(archive, collection, folder)
    sealed = archive.store.path(f"vault/originals/{one}")
    sealed.write_bytes(sealed.read_bytes()[:-1])

    decided = await accept(archive, ADMINISTRATOR, [one])

    assert (decided.accepted, [each.code for each in decided.left]) == (0, ["CHECKSUM_MISMATCH"])
    assert not await open_batches(archive)


async def test_a_job_whose_original_is_gone_ends(archive: OpenArchive, collection: str, folder: Path) -> None:
    one, _ = await conflict(archive, collection, folder)
    planned = await submission.plan_from_vault(archive, ADMINISTRATOR, collection, [one], is_decided=True)
    archive.store.delete(f"vault/originals/{one}")

    assert await work(archive, until_idle=True) == 1

    assert (await jobs.show(archive, planned))[0].state == "DONE"


async def test_a_job_without_files_is_finished(archive: OpenArchive, collection: str, folder: Path) -> None:
    planned = await submission.plan(archive, ADMINISTRATOR, collection, folder, [], is_kept=True)

    await work(archive, until_idle=True)

    assert (await jobs.show(archive, planned))[0].state == "DONE"


async def test_accepting_is_a_job_that_runs(archive: OpenArchive, collection: str, folder: Path) -> None:
    one, _ = await conflict(archive, collection, folder)

    assert await accept_from_vault(archive, ADMINISTRATOR, collection, [one], is_decided=True) == 1

    assert {each.state for each in await jobs.entries(archive)} == {"DONE"}


async def test_large_originals_are_in_memory_one_at_a_time(archive: OpenArchive, collection: str) -> None:
    for name in ("small1", "small2", "large1", "large2", "small3"):
        size = 40 << 20 if name.startswith("large") else 1 << 10
        archive.vault.keep(name, io.BytesIO(bytes(size)), {"path": ""})

    planned = await submission.plan_from_vault(
        archive, ADMINISTRATOR, collection, ["small1", "small2", "large1", "large2", "small3"], is_decided=False
    )

    batches = [archive.vault.manifest(each)["files"] for each in sorted(archive.vault.batches(planned))]
    assert [[each for each, _ in files] for files in batches] == [["small1", "small2", "large1"], ["large2", "small3"]]


async def test_an_original_that_memory_is_too_small_for_is_refused(
    archive: OpenArchive, collection: str, folder: Path
) -> None:
    one, _ = await conflict(archive, collection, folder)
    os.truncate(archive.store.path(f"vault/originals/{one}"), sources.MOST + 1)

    with pytest.raises(BadInput, match="larger than the 256 MiB"):
        await accept(archive, ADMINISTRATOR, [one])


async def test_a_replacement_that_cannot_be_recorded_does_not_happen(
    archive: OpenArchive, collection: str, folder: Path
) -> None:
    await take(archive, collection, folder, [make.image()])
    before = await archive.graph.read("MATCH (i:Image) RETURN i.intakeId, i.file")
    planned = await submission.plan(
        archive, ADMINISTRATOR, collection, folder, [folder / "0.dcm"], is_kept=True, is_forced=True
    )
    [batch] = await open_batches(archive, planned)
    archive.audit.path.rename(archive.audit.path.with_suffix(".aside"))
    archive.audit.path.mkdir()

    with pytest.raises(ObiaError, match="audit"):
        await work_on(archive, batch.id, collection)

    assert await archive.graph.read("MATCH (i:Image) RETURN i.intakeId, i.file") == before
