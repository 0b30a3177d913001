"""The whole intake on a real Neo4j: what goes in, what comes out, and how many statements it takes."""

import resource
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from obia.schema.access import ADMINISTRATOR, EVERYTHING
from obia.schema.errors import BadInput, Code, NotFound
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection, release_collection
from obia.server.graph.check import drifts
from obia.server.graph.dump import dump
from obia.server.intake.batch import work_on
from obia.server.intake.ingest import Folder, Progress, Report, ingest
from obia.server.intake.submission import plan, sweep_manifests
from obia.server.intake.walk import walk
from obia.server.process import this_process
from obia.server.tables.clinical import import_clinical
from tests import make
from tests.asking import Asker
from tests.faults import disturbed

STATEMENTS = 34  # one batch: lease, first look, the writing transaction, settling, encoding

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


@pytest.fixture
async def collection(archive: OpenArchive) -> str:
    """A collection's accession."""
    return await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder for files to take in, apart from the archive's home."""
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


async def take(archive: OpenArchive, root: Path, collection: str) -> Report:
    return await ingest(archive, ADMINISTRATOR, Folder(root), collection, Progress())


async def test_every_verdict_occurs_and_every_file_is_accounted_for(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    folder = disturbed.corpus(inbox / "corpus")

    report = await take(archive, folder, collection)

    assert report.outcomes.by_code == {
        "ACCEPTED": 13,
        "DUPLICATE": 3,
        "CONFLICT": 2,
        "EMPTY_FILE": 1,
        "MIX_UP": 4,
        "NOT_DICOM": 1,
        "TRUNCATED": 1,
    }
    assert sum(report.outcomes.by_code.values()) == sum(1 for path in folder.rglob("*") if path.is_file())


async def test_a_second_run_adds_nothing(archive: OpenArchive, collection: str, inbox: Path) -> None:
    folder = disturbed.corpus(inbox / "corpus")
    await take(archive, folder, collection)
    before = [line async for line in dump(archive.graph) if '"label": "Meta"' not in line]

    report = await take(archive, folder, collection)

    assert not report.added
    assert report.outcomes.by_code == {"DUPLICATE": report.outcomes.total}
    assert [line async for line in dump(archive.graph) if '"label": "Meta"' not in line] == before


async def test_a_conflict_with_a_released_image_leaves_it_and_quarantines_the_newcomer(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    make.file(inbox / "a" / "a.dcm", make.image(SOPInstanceUID="1.2.3"))
    make.file(inbox / "b" / "b.dcm", make.image(SOPInstanceUID="1.2.3", Manufacturer="OTHER"))
    await take(archive, inbox / "a", collection)
    await release_collection(archive, ADMINISTRATOR, collection)

    report = await take(archive, inbox / "b", collection)

    assert report.outcomes.quarantined == {Code.CONFLICT: 1}
    assert await archive.graph.read("MATCH (i:Image) RETURN i.state") == [["RELEASED"]]


async def test_a_discarded_conflict_can_be_offered_again(archive: OpenArchive, collection: str, inbox: Path) -> None:
    from obia.server.quarantine import discard, entries, show

    make.file(inbox / "a.dcm", make.image(SOPInstanceUID="1.2.3"))
    make.file(inbox / "b.dcm", make.image(SOPInstanceUID="1.2.3", Manufacturer="OTHER"))
    await take(archive, inbox, collection)
    quarantined = [each.intake_id for each in await entries(archive)]
    assert {(await show(archive, ADMINISTRATOR, each))["path"] for each in quarantined} == {
        str(inbox / "a.dcm"),
        str(inbox / "b.dcm"),
    }

    await discard(archive, ADMINISTRATOR, quarantined)
    (inbox / "b.dcm").unlink()
    report = await take(archive, inbox, collection)

    assert report.outcomes.by_code == {"ACCEPTED": 1}
    assert not list(archive.store.names("vault/originals"))


@pytest.mark.parametrize("images", [10, 1000])
async def test_statements_of_a_batch_do_not_depend_on_its_size(
    archive: OpenArchive, collection: str, inbox: Path, images: int
) -> None:
    for number, dataset in enumerate(make.study(images)):
        make.file(inbox / f"{number:04}.dcm", dataset)
    files = list(walk(inbox))
    archive.settings = replace(archive.settings, batch_size=1000)
    planned = await plan(archive, ADMINISTRATOR, collection, inbox, files, is_kept=True)
    before = archive.graph.statements

    await work_on(archive, f"{planned}/000000", collection)

    assert await archive.graph.read("MATCH (i:Image) RETURN count(i)") == [[images]]
    assert archive.graph.statements - before - 1 == STATEMENTS


async def test_an_unknown_collection_is_refused_before_a_file_is_read(archive: OpenArchive, inbox: Path) -> None:
    with pytest.raises(NotFound, match="OBIA0042"):
        await take(archive, inbox, "OBIA0042")


async def test_a_full_disk_is_one_error_and_the_next_run_takes_up(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    for number in range(3):
        make.file(inbox / f"{number}.dcm", make.image(make.array(128, 128, seed=number), InstanceNumber=number))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, hard))  # bytes: room for manifests and the audit log alone
    try:
        with pytest.raises(OSError, match="large"):
            await take(archive, inbox, collection)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    report = await take(archive, inbox, collection)

    assert report.outcomes.by_code == {"ACCEPTED": 3}
    assert Counter(Path(name).suffix for name in archive.store.names("images")) == {".dcm": 3, ".json": 3}


async def test_what_a_clinical_table_said_stays_when_more_files_come(
    archive: OpenArchive, collection: str, inbox: Path, tmp_path: Path
) -> None:
    make.file(inbox / "a.dcm", make.image(PatientID="P1", PatientSex="F"))
    await take(archive, inbox, collection)
    table = tmp_path / "clinical.csv"
    table.write_text("individual,kind,code,value,date\nP1,DEMOGRAPHICS,sex,M,\n")
    await import_clinical(archive, ADMINISTRATOR, table, collection)
    make.file(inbox / "b.dcm", make.image(PatientID="P1", PatientSex="F", SOPInstanceUID=make.uid("later")))

    await take(archive, inbox, collection)

    assert await archive.graph.read("MATCH (i:Individual) RETURN i.sex, i.said") == [["MALE", ["sex"]]]


PUBLIC = """{
  studies { nodes { date ageAtStudy modalities seriesCount imageCount
    individual { sex species ethnicity studyCount }
    series { totalCount nodes { number modality bodyPart laterality manufacturer manufacturerModel date sliceThickness
                                modalityRaw bodyPartRaw manufacturerRaw imageCount } } } }
  found: studies(filter: {modalities: {hasAny: ["AU", "PT"]}}) { totalCount }
}"""


async def test_what_is_released_does_not_move_when_more_files_come(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    make.file(inbox / "1.dcm", make.image(SliceThickness=2, Laterality="R", ManufacturerModelName="M"))
    await take(archive, inbox, collection)
    await release_collection(archive, ADMINISTRATOR, collection)
    asker = Asker(archive.graph)
    before = await asker.data(PUBLIC)
    lower = {
        "PatientAge": "001Y",
        "StudyDate": "19000101",
        "SeriesDate": "19000101",
        "BodyPartExamined": "ABDOMEN",
        "Manufacturer": "AAA",
        "ManufacturerModelName": "A",
        "Laterality": "L",
        "SeriesNumber": -5,
        "SliceThickness": 1,
        "PatientSpeciesDescription": "Aaa",
    }
    make.file(inbox / "2.dcm", make.image(Modality="AU", **lower))
    make.file(inbox / "3.dcm", make.image(Modality="PT", PatientSex=None, SeriesInstanceUID=make.uid("PT"), **lower))
    report = await take(archive, inbox, collection)

    after, all_of_it = await asker.data(PUBLIC), await asker.data(PUBLIC, None, EVERYTHING)
    drift = [each async for each in drifts(archive.graph, archive.store)]
    await release_collection(archive, ADMINISTRATOR, collection)

    assert report.outcomes.accepted == 2
    assert after == before
    assert [each["modalities"] for each in all_of_it["studies"]["nodes"]] == [["CT", "PT"]]
    assert (await asker.data(PUBLIC))["studies"]["nodes"][0]["modalities"] == ["CT", "PT"]
    assert (before["found"]["totalCount"], drift) == (0, [])


async def test_manifests_of_a_dead_planner_are_swept_and_those_of_a_living_one_stay(archive: OpenArchive) -> None:
    archive.vault.write_manifest("living/owner", {"owner": this_process()})
    archive.vault.write_manifest("dead/owner", {"owner": f"{this_process()}0"})
    archive.vault.write_manifest("dead/000000", {"files": []})
    archive.vault.write_manifest("cut/000000", {"files": []})  # a removal that took the owner first, and was cut off

    await sweep_manifests(archive)

    assert archive.vault.submissions() == {"living"}


async def test_the_archive_s_own_files_are_not_taken_in_anew(
    archive: OpenArchive, collection: str, inbox: Path
) -> None:
    home = archive.settings.home
    (inbox / "store").symlink_to(home)

    for root in (home, home / "store", home.parent, inbox / "store"):
        root.mkdir(exist_ok=True)
        with pytest.raises(BadInput, match="own files"):
            await take(archive, root, collection)


async def test_links_that_lead_out_are_counted(archive: OpenArchive, collection: str, inbox: Path) -> None:
    make.file(inbox.parent / "elsewhere" / "1.dcm", make.image())
    (inbox / "1.dcm").symlink_to(inbox.parent / "elsewhere" / "1.dcm")
    (inbox / "2.dcm").symlink_to(inbox.parent / "elsewhere" / "1.dcm")
    folder = Folder(inbox, exclude=("2.dcm",))

    report = await ingest(archive, ADMINISTRATOR, folder, collection, Progress())

    assert report.links == 1 and report.outcomes.total == 0
