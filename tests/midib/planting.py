"""Planting: an identity into every corner of a neutral header, and an answer for each place of it."""

from collections.abc import Iterator
from pathlib import Path

from pydicom import config
from pydicom.dataset import FileDataset
from pydicom.tag import Tag
from pydicom.uid import UID

from tests.midib.answers import CLEAN_DESCRIPTORS, Answer
from tests.midib.beds import DEVICE, FRAME, INSTANCE, SERIES, STUDY, Bed, path_of, put
from tests.midib.corners import plant_graphics, plant_pixels, plant_private
from tests.midib.headers import SOURCES, neutral
from tests.midib.nested import plant_nested
from tests.midib.people import PEOPLE, written
from tests.midib.plants import (
    BENIGN,
    DATES,
    DESCRIPTORS,
    NOWHERE,
    NUMBERS,
    STRAYS,
    TECHNICAL,
    TYPE_1,
    TYPE_2,
    WHOLE,
)


def plant_all(folder: Path, rounds: int = 1) -> list[Answer]:
    """Plant an identity into every source, write the files into a folder, and return the answers.

    In each round every source is somebody else's; after eight, everybody's.
    """
    answers = []
    with config.disable_value_validation():  # real headers hold what no standard allows, and so do plants
        for number, source in enumerate(SOURCES * rounds):
            bed = _planted(number, source)
            bed.dataset.save_as(folder / bed.file, enforce_file_format=True)
            answers += bed.answers
    return answers


def _planted(number: int, source: str) -> Bed:
    """A real header with an identity in it; in a round, every eighth is of the same person and study."""
    bed = Bed(number, PEOPLE[(number + number // len(SOURCES)) % len(PEOPLE)], neutral(source))
    _plant_uids(bed)
    _plant_texts(bed)
    _plant_dates(bed)
    _plant_sown(bed)
    plant_nested(bed)
    plant_private(bed)
    plant_graphics(bed)
    _note_kept(bed)
    plant_pixels(bed, source)
    _note_nowhere(bed)
    return bed


def _plant_uids(bed: Bed) -> None:
    person, dataset = bed.person, bed.dataset
    for keyword, number in (
        ("StudyInstanceUID", STUDY),
        ("SeriesInstanceUID", SERIES + bed.number),
        ("SOPInstanceUID", INSTANCE + bed.number),
        ("FrameOfReferenceUID", FRAME),
        ("DeviceUID", DEVICE),
        ("InstanceCreatorUID", DEVICE),
        ("SynchronizationFrameOfReferenceUID", FRAME),
    ):
        bed.expect_uid(put(dataset, keyword, person.uid(number)), person.uid(number), "root")
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(person.uid(INSTANCE + bed.number))
    put(dataset, "InstanceNumber", str(bed.number + 1))
    put(dataset, "SeriesNumber", str(bed.number + 1))


def _plant_texts(bed: Bed) -> None:
    for keyword, part, bucket in WHOLE:
        text = bed.part(part)
        bed.expect(put(bed.dataset, keyword, text), "text_removed", text, bucket, part, "root")
    path = put(bed.dataset, "PatientID", bed.person.mrn)
    bed.expect(path, "patid_consistent", bed.person.mrn, "DICOM-P15-BASIC-C", "mrn", "root")


def _plant_dates(bed: Bed) -> None:
    birth = f"{bed.person.birth:%Y%m%d}"
    bed.expect(put(bed.dataset, "PatientBirthDate", birth), "date_shifted", birth, "HIPAA-C", "DA", "root")
    for keyword, days, clock in DATES:
        day = bed.person.day(days)
        path = put(bed.dataset, keyword, day + clock)
        bed.expect_day(path, day, "DT" if "DateTime" in keyword else "DA", "root")
    day = bed.person.day(0)
    bed.expect(put(bed.dataset, "SeriesTime", day), "date_shifted", day, "HIPAA-C", "date in TM", "root")


def _plant_sown(bed: Bed) -> None:
    for rows, place in ((DESCRIPTORS, "descriptor"), (STRAYS, "stray")):
        for row in rows:
            bed.sow(bed.dataset, "", row, place)
    for keyword, text in BENIGN:
        path = put(bed.dataset, keyword, text)
        bed.expect(path, "text_retained", text, "TCIA-P15-DESC-C", "nobody's text", "descriptor", CLEAN_DESCRIPTORS)


def _note_kept(bed: Bed) -> None:
    dataset = bed.dataset
    if not dataset.get("Modality"):
        put(dataset, "Modality", "OT")
    for keyword, text in TECHNICAL:
        bed.expect(put(dataset, keyword, text), "text_retained", text, "TCIA-P15-BASIC-K", "science", "root")
    for path, text in _numbers(dataset):
        bed.expect(path, "text_retained", text, "TCIA-P15-BASIC-K", "science", "root")
    for keyword in TYPE_1:
        bed.expect(path_of(keyword), "text_notnull", "", "DICOM-IOD-1", "required", "root")
    for keyword in TYPE_2:
        bed.expect(path_of(keyword), "tag_retained", "", "DICOM-IOD-2", "required", "root")


def _numbers(dataset: FileDataset) -> Iterator[tuple[str, str]]:
    """What a real header says of the picture in numbers."""
    for keyword in NUMBERS:
        element = dataset.get(Tag(keyword))
        if element is not None and not element.is_empty:
            values = element.value if element.VM > 1 else [element.value]
            yield path_of(keyword), "\\".join(str(each) for each in values)


def _note_nowhere(bed: Bed) -> None:
    """What no element may hold, looked for or not."""
    texts = {part: bed.part(part) for part in NOWHERE}
    texts["birth"] = written(bed.person.birth)[0]
    for part, text in texts.items():
        bed.expect("", "nowhere", text, "HIPAA-C" if part == "birth" else "HIPAA-A", part, "anywhere")
