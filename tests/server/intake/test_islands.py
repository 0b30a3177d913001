"""A collection is an island until it is released: what one submitter hands in changes nothing of another's."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import BadInput, Code
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection, release_collection
from obia.server.graph.check import drifts
from obia.server.graph.driver import Transaction
from obia.server.graph.dump import dump
from obia.server.graph.statements import cypher
from obia.server.intake.ingest import Folder, Progress, Report, ingest
from obia.server.quarantine import accept, discard, entries
from tests import make

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

_PRESENTATION_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
_BLOCKED = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*)"


@pytest.fixture
async def owner(archive: OpenArchive) -> str:
    """The accession of a draft."""
    return await create_collection(archive, ADMINISTRATOR, NewCollection("Owner's", bioproject="PRJCA000001"))


@pytest.fixture
async def other(archive: OpenArchive) -> str:
    """The accession of another submitter's draft."""
    return await create_collection(archive, ADMINISTRATOR, NewCollection("Another's", bioproject="PRJCA000002"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for files to take in, apart from the archive's home."""
    return tmp_path / "inbox"


async def take(
    archive: OpenArchive, folder: Path, collection: str, datasets: Sequence[Dataset], *, is_forced: bool = False
) -> Report:
    """Write the datasets into a folder of their own and take it in."""
    root = _written(folder, datasets)
    return await ingest(archive, ADMINISTRATOR, Folder(root, is_forced=is_forced), collection, Progress())


def _written(folder: Path, datasets: Sequence[Dataset]) -> Path:
    root = folder / f"{len(list(folder.glob('*')))}"
    for number, dataset in enumerate(datasets):
        make.file(root / f"{number:04}.dcm", dataset)
    return root


async def held(archive: OpenArchive, collection: str) -> list[str]:
    """Everything that the graph holds of a collection, its files and counts included."""
    return [line async for line in dump(archive.graph) if collection in line and '"label": "Counter"' not in line]


async def clean(archive: OpenArchive, collection: str, label: str = "Image") -> list[Dataset]:
    """The stored files of a collection, in the order of their UIDs."""
    rows = await archive.graph.read(
        f"MATCH (n:{label} {{collection: $collection}}) RETURN n.file ORDER BY n.uid", {"collection": collection}
    )
    return [dcmread(archive.store.path(row[0])) for row in rows]


def _mixing() -> Dataset:
    """An image that claims the study and series of `make.study` for another patient."""
    return make.image(PatientID="ATTACKER")


def _conflicting(victim: Dataset) -> Dataset:
    """An image under the UID of another, with other content."""
    return make.image(SOPInstanceUID=victim.SOPInstanceUID, Manufacturer="OTHER")


@pytest.mark.parametrize("kind", ["same study, other patient", "same SOP instance", "the same files"])
async def test_no_submission_changes_or_reveals_anything_of_another_collection(
    archive: OpenArchive, owner: str, other: str, folder: Path, kind: str
) -> None:
    study = make.study(4)
    await take(archive, folder, owner, study)
    before = await held(archive, owner)
    attack = {"same study, other patient": [_mixing()], "same SOP instance": [_conflicting(study[0])]}

    report = await take(archive, folder, other, attack.get(kind, study))

    assert report.outcomes.by_code == {"ACCEPTED": len(attack.get(kind, study))}
    assert await held(archive, owner) == before
    assert not [each async for each in drifts(archive.graph, archive.store)]


async def test_uids_pseudonyms_and_dates_of_one_original_differ_between_collections(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    study = make.study(1)
    await take(archive, folder, owner, study)

    await take(archive, folder, other, study)

    [[one], [two]] = [await clean(archive, each) for each in (owner, other)]
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "PatientID", "StudyDate"):
        assert one[keyword].value != two[keyword].value, keyword


async def test_the_same_original_in_two_collections_is_a_finding_on_both(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    study = make.study(2)
    await take(archive, folder, owner, [*study, make.image()])

    await take(archive, folder, other, study)

    rows = await archive.graph.read(
        "MATCH (f:Finding {code: 'SAME_ORIGINAL'})-[:ABOUT]->(i:Image) RETURN i.collection, count(*) ORDER BY i.collection"
    )
    assert rows == [[owner, 2], [other, 2]]


async def test_one_image_with_an_issuer_is_of_the_same_patient(archive: OpenArchive, owner: str, folder: Path) -> None:
    study = make.study(40)
    study[-1].IssuerOfPatientID = "HOSPITAL"

    report = await take(archive, folder, owner, study)

    assert report.outcomes.by_code == {"ACCEPTED": 40}
    assert await archive.graph.read("MATCH (i:Individual) RETURN count(i)") == [[1]]


@pytest.mark.parametrize("is_first", [True, False])
async def test_the_issuer_may_come_before_or_after(
    archive: OpenArchive, owner: str, folder: Path, is_first: bool
) -> None:
    named, plain = make.image(IssuerOfPatientID="HOSPITAL"), make.image()

    for each in [named, plain] if is_first else [plain, named]:
        await take(archive, folder, owner, [each])

    assert await archive.graph.read("MATCH (i:Image) RETURN count(i)") == [[2]]
    assert await archive.graph.read("MATCH (i:Individual) RETURN count(i)") == [[1]]


async def test_the_same_id_of_another_issuer_is_another_patient(archive: OpenArchive, owner: str, folder: Path) -> None:
    one = make.image(IssuerOfPatientID="A")
    two = make.image(IssuerOfPatientID="B", StudyInstanceUID=make.uid(), SeriesInstanceUID=make.uid())
    await take(archive, folder, owner, [one])

    report = await take(archive, folder, owner, [two])

    assert report.outcomes.by_code == {"ACCEPTED": 1}
    assert await archive.graph.read("MATCH (i:Individual) RETURN count(i)") == [[2]]


async def test_the_odd_image_is_held_back_and_not_the_study(archive: OpenArchive, owner: str, folder: Path) -> None:
    report = await take(archive, folder, owner, [*make.study(9), _mixing()])

    assert report.outcomes.by_code == {"ACCEPTED": 9, "MIX_UP": 1}


async def test_what_an_attacker_left_does_not_block_the_owners_next_try(
    archive: OpenArchive, owner: str, folder: Path
) -> None:
    study = make.study(4)
    await take(archive, folder, owner, [_mixing(), _conflicting(study[0])])

    report = await take(archive, folder, owner, study)

    assert report.outcomes.accepted == 3  # the fourth has two contents, which a curator decides
    assert report.outcomes.quarantined == {"CONFLICT": 1}
    assert {each.code for each in await entries(archive)} == {"CONFLICT", "MIX_UP"}


async def test_a_curator_accepts_one_side_of_a_conflict(archive: OpenArchive, owner: str, folder: Path) -> None:
    image = make.image()
    await take(archive, folder, owner, [image, _conflicting(image)])
    chosen, left = [each.intake_id for each in await entries(archive)]

    decided = await accept(archive, ADMINISTRATOR, [chosen])

    assert (decided.accepted, decided.left) == (1, [])
    assert [each.intake_id for each in await entries(archive)] == [left]
    assert await archive.graph.read("MATCH (i:Image) RETURN i.intakeId") == [[chosen]]
    assert [name.rsplit("/", 1)[1] for name in archive.store.names("vault/originals")] == [left]
    again = await take(archive, folder, owner, [image, _conflicting(image)])
    assert again.outcomes.by_code == {"DUPLICATE": 2}


async def test_accepting_one_image_of_a_tie_frees_its_patients_others(
    archive: OpenArchive, owner: str, folder: Path
) -> None:
    await take(archive, folder, owner, [*make.study(2), *(make.image(PatientID="OTHER") for _ in range(2))])
    assert {each.code for each in await entries(archive)} == {"MIX_UP"}
    rows = await archive.graph.read("MATCH (q:Quarantined) RETURN q.patient, q.intakeId ORDER BY q.patient")

    decided = await accept(archive, ADMINISTRATOR, [rows[0][1]])

    assert (decided.accepted, decided.freed) == (1, 1)
    assert [[each.intake_id] for each in await entries(archive)] == [[row[1]] for row in rows[2:]] or len(rows) == 4
    assert await archive.graph.read("MATCH (i:Image) RETURN count(i)") == [[2]]
    assert not [each async for each in drifts(archive.graph, archive.store)]


async def test_discarding_one_side_of_a_conflict_frees_the_other(
    archive: OpenArchive, owner: str, folder: Path
) -> None:
    image = make.image()
    await take(archive, folder, owner, [image, _conflicting(image)])
    gone, kept = [each.intake_id for each in await entries(archive)]

    freed = await discard(archive, ADMINISTRATOR, [gone])

    assert freed == 1
    assert not await entries(archive)
    assert await archive.graph.read("MATCH (i:Image) RETURN i.intakeId") == [[kept]]


async def test_a_decision_against_a_released_image_is_refused(archive: OpenArchive, owner: str, folder: Path) -> None:
    image = make.image()
    await take(archive, folder, owner, [image])
    await release_collection(archive, ADMINISTRATOR, owner)
    await take(archive, folder, owner, [_conflicting(image)])
    [entry] = await entries(archive)

    decided = await accept(archive, ADMINISTRATOR, [entry.intake_id])

    assert (decided.accepted, [each.code for each in decided.left]) == (0, ["CONFLICT"])
    assert await archive.graph.read("MATCH (i:Image) RETURN i.state") == [["RELEASED"]]


async def test_only_conflicts_and_mix_ups_can_be_decided(archive: OpenArchive, owner: str, folder: Path) -> None:
    await take(archive, folder, owner, [make.image(PatientID="")])
    [entry] = await entries(archive)

    with pytest.raises(BadInput, match="NO_PATIENT_ID"):
        await accept(archive, ADMINISTRATOR, [entry.intake_id])


def _presentation(of: Dataset) -> Dataset:
    """A presentation state of an image that somebody downloaded: in its study, with its frame of reference."""
    state = make.header(
        SOPClassUID=_PRESENTATION_STATE,
        Modality="PR",
        PatientID=of.PatientID,
        StudyInstanceUID=of.StudyInstanceUID,
        SeriesInstanceUID=make.uid(),
        FrameOfReferenceUID=of.FrameOfReferenceUID,
    )
    series, image = Dataset(), Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = of.SOPClassUID, of.SOPInstanceUID
    series.SeriesInstanceUID, series.ReferencedImageSequence = of.SeriesInstanceUID, [image]
    state.ReferencedSeriesSequence = [series]
    return state


def _references(state: Dataset) -> tuple[str, str]:
    [series] = state.ReferencedSeriesSequence
    return series.SeriesInstanceUID, series.ReferencedImageSequence[0].ReferencedSOPInstanceUID


_LINKS = "MATCH (a:Annotation)-[:ANNOTATES]->(n) RETURN a.collection, n.collection, labels(n)[0] ORDER BY labels(n)[0]"


async def test_an_annotation_of_released_images_points_to_them(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    await take(archive, folder, owner, [make.image(FrameOfReferenceUID="1.2.3.4")])
    await release_collection(archive, ADMINISTRATOR, owner)
    [image] = await clean(archive, owner)
    downloaded = _presentation(image)

    report = await take(archive, folder, other, [downloaded])

    assert report.outcomes.by_code == {"ACCEPTED": 1}
    [state] = await clean(archive, other, "Annotation")
    assert state.StudyInstanceUID == image.StudyInstanceUID
    assert state.FrameOfReferenceUID == image.FrameOfReferenceUID
    assert _references(state) == (image.SeriesInstanceUID, image.SOPInstanceUID)
    assert state.SOPInstanceUID != downloaded.SOPInstanceUID
    assert state.SeriesInstanceUID != downloaded.SeriesInstanceUID
    assert await archive.graph.read(_LINKS) == [[other, owner, "Image"], [other, owner, "Series"]]


async def test_an_annotation_of_another_s_unreleased_images_is_mapped_as_any_other(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    await take(archive, folder, owner, [make.image(FrameOfReferenceUID="1.2.3.4")])
    [image] = await clean(archive, owner)

    report = await take(archive, folder, other, [_presentation(image)])

    assert report.outcomes.by_code == {"ACCEPTED": 1}
    [state] = await clean(archive, other, "Annotation")
    old = {image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID, image.FrameOfReferenceUID}
    assert old.isdisjoint({state.StudyInstanceUID, state.FrameOfReferenceUID, *_references(state)})
    assert await archive.graph.read(_LINKS) == []


async def test_a_released_file_that_is_handed_in_again_is_an_instance_of_its_own(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    await take(archive, folder, owner, [make.image()])
    await release_collection(archive, ADMINISTRATOR, owner)
    [image] = await clean(archive, owner)

    report = await take(archive, folder, other, [image])

    assert report.outcomes.by_code == {"ACCEPTED": 1}
    [copy] = await clean(archive, other)
    assert copy.StudyInstanceUID == image.StudyInstanceUID
    assert copy.SOPInstanceUID != image.SOPInstanceUID
    assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID
    assert copy.SeriesInstanceUID != image.SeriesInstanceUID


async def test_an_original_offered_again_after_the_script_changed_replaces_its_image(
    archive: OpenArchive, owner: str, folder: Path
) -> None:
    study = make.study(2)
    await take(archive, folder, owner, study)
    recipes = archive.plugins.registered.recipes
    recipes["deid_ctp"] += " with another script"

    report = await take(archive, folder, owner, study)

    assert (report.outcomes.accepted, report.outcomes.replaced) == (2, 2)
    assert await archive.graph.read("MATCH (i:Image) RETURN count(i)") == [[2]]
    assert len([name for name in archive.store.names("images") if name.endswith(".dcm")]) == 2
    assert (await take(archive, folder, owner, study)).outcomes.by_code == {"DUPLICATE": 2}
    assert not [each async for each in drifts(archive.graph, archive.store)]


async def test_reprocessing_replaces_unreleased_images_alone(archive: OpenArchive, owner: str, folder: Path) -> None:
    released, draft = make.image(), make.image()
    await take(archive, folder, owner, [released])
    await release_collection(archive, ADMINISTRATOR, owner)
    await take(archive, folder, owner, [draft])

    report = await take(archive, folder, owner, [released, draft], is_forced=True)

    assert report.outcomes.by_code == {"ACCEPTED": 1, "DUPLICATE": 1}
    assert report.outcomes.replaced == 1


async def test_a_replacement_is_on_record(archive: OpenArchive, owner: str, folder: Path) -> None:
    study = make.study(1)
    await take(archive, folder, owner, study)

    await take(archive, folder, owner, study, is_forced=True)

    assert '"action": "ingest.replace"' in archive.audit.path.read_text()


async def test_a_file_that_was_refused_and_is_accepted_now_leaves_the_quarantine(
    archive: OpenArchive, owner: str, folder: Path
) -> None:
    image = make.image()
    deidentifiers = archive.plugins.registered.deidentifiers
    working = deidentifiers.pop("deid_ctp")
    await take(archive, folder, owner, [image])
    assert [each.code for each in await entries(archive)] == [Code.NO_DEIDENTIFIER]

    deidentifiers["deid_ctp"] = working
    report = await take(archive, folder, owner, [image])

    assert report.outcomes.by_code == {"ACCEPTED": 1}
    assert not await entries(archive)
    assert not list(archive.store.names("vault/originals"))


async def test_a_release_holds_back_what_another_collection_has_released_of_the_same_original(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    study = make.study(2)
    await take(archive, folder, owner, study)
    await release_collection(archive, ADMINISTRATOR, owner)
    await take(archive, folder, other, [*study, make.image()])

    held = await release_collection(archive, ADMINISTRATOR, other)
    both = await release_collection(archive, ADMINISTRATOR, other, ["SAME_ORIGINAL"])

    assert (held.images, dict(held.held_back)) == (1, {"SAME_ORIGINAL": 2})
    assert (both.images, dict(both.held_back)) == (2, {})
    links = (
        "MATCH (i:Image)-[:SAME_ORIGINAL]->(o:Image) RETURN i.collection, o.collection, count(*) ORDER BY i.collection"
    )
    assert await archive.graph.read(links) == [[owner, other, 2], [other, owner, 2]]


async def test_a_release_holds_back_an_annotation_that_another_collection_has_released(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    image = make.image(FrameOfReferenceUID="1.2.3.4")
    state = _presentation(image)
    await take(archive, folder, owner, [image, state])
    await release_collection(archive, ADMINISTRATOR, owner)
    await take(archive, folder, other, [state])

    held = await release_collection(archive, ADMINISTRATOR, other)
    series = await archive.graph.read("MATCH (r:Series {collection: $other}) RETURN r.state", {"other": other})
    both = await release_collection(archive, ADMINISTRATOR, other, ["SAME_ORIGINAL"])

    assert (held.annotations, dict(held.held_back)) == (0, {"SAME_ORIGINAL": 1})
    assert series == [["ACCEPTED"]]
    assert (both.annotations, dict(both.held_back)) == (1, {})
    assert (held.held_annotations, both.held_annotations) == (1, 0)


async def test_of_two_releases_at_once_the_later_holds_back_the_same_originals(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    study = make.study(2)
    for collection in (owner, other):
        await take(archive, folder, collection, study)
    is_locked, is_done = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await tx.run(cypher("lock_graph"))
        is_locked.set()
        await is_done.wait()

    holder = asyncio.create_task(archive.graph.write(hold))
    await is_locked.wait()
    both = [asyncio.create_task(release_collection(archive, ADMINISTRATOR, each)) for each in (owner, other)]
    while await archive.graph.run(_BLOCKED) != [[2]] and not any(each.done() for each in both):
        continue
    is_done.set()
    await holder
    released = await asyncio.gather(*both)

    assert sorted((each.images, each.held_images) for each in released) == [(0, 2), (2, 0)]


async def test_a_draft_of_the_same_original_holds_back_nothing(
    archive: OpenArchive, owner: str, other: str, folder: Path
) -> None:
    study = make.study(2)
    await take(archive, folder, owner, study)
    await take(archive, folder, other, study)

    released = await release_collection(archive, ADMINISTRATOR, owner)

    assert (released.images, dict(released.held_back)) == (2, {})
