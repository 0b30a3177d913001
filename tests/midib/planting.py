"""Planting: an identity into every corner of a neutral header, and an answer for each place of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset
from pydicom.tag import Tag
from pydicom.uid import UID

from tests.midib.answers import CLEAN_DESCRIPTORS, Action, Answer
from tests.midib.drawing import burn
from tests.midib.headers import PIXELS, SOURCES, neutral
from tests.midib.people import PEOPLE, Person, written
from tests.midib.plants import (
    DATES,
    DESCRIPTORS,
    NUMBERS,
    PARTS,
    PRIVATE,
    SAFE_NUMBERS,
    SAFE_TEXTS,
    STRAYS,
    TECHNICAL,
    TYPE_1,
    TYPE_2,
    WHOLE,
    Sown,
)

SAFE_PRIVATE = "113111"  # PS3.16: the option that keeps private elements known to be safe
BURNED = (
    "data_store/data/SC_rgb.dcm",
    "pydicom/data/test_files/CT_small.dcm",
    "pydicom/data/test_files/examples_rgb_color.dcm",
)
_STUDY, _SERIES, _FRAME, _DEVICE, _INSTANCE = 1, 10, 2, 3, 100  # numbers of a person's UIDs
_CODECS = {"ISO_IR 100": "latin-1", "GB18030": "gb18030", "ISO_IR 192": "utf-8", "ISO 2022 IR 87": "utf-8",
           "ISO 2022 IR 149": "utf-8", "ISO_IR 144": "iso8859_5", "ISO_IR 126": "iso8859_7"}  # fmt: skip


def plant_all(folder: Path) -> list[Answer]:
    """Plant an identity into every source, write the files into a folder, and return the answers."""
    answers = []
    for number, source in enumerate(SOURCES):
        bed = planted(number, source)
        bed.dataset.save_as(folder / bed.file, enforce_file_format=True)
        answers += bed.answers
    return answers


def planted(number: int, source: str) -> "Bed":
    """A real header with an identity in it; every eighth is of the same person and study."""
    bed = Bed(f"{number:02d}.dcm", PEOPLE[number % len(PEOPLE)], neutral(source))
    _plant_uids(bed, number)
    _plant_texts(bed)
    _plant_dates(bed)
    _plant_sown(bed)
    _plant_nested(bed, number)
    _plant_private(bed, number)
    _plant_graphics(bed)
    _note_kept(bed)
    _plant_pixels(bed, source in BURNED)
    return bed


@dataclass(slots=True)
class Bed:
    """One file: what is planted into, whose identity, and the answers so far."""

    file: str
    person: Person
    dataset: FileDataset
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.person.charset:
            put(self.dataset, "SpecificCharacterSet", list(self.person.charset))

    def expect(self, path: str, action: Action, text: str, bucket: str, kind: str, place: str, needs: str = "") -> None:
        """Note what has to become of an element."""
        self.answers.append(Answer(self.file, path, action, text, bucket, kind, place, needs))

    def part(self, part: str, form: int) -> str:
        """A part of the identity; a date in one of its forms."""
        if part in ("study", "birth"):
            return written(self.person.study if part == "study" else self.person.birth)[form]
        return PARTS[part](self.person)


def put(dataset: Dataset, keyword: str, value: object) -> str:
    """Set an element to whatever it is told, valid or not; return its path."""
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    dataset[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=config.IGNORE)
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _plant_uids(bed: Bed, number: int) -> None:
    person, dataset = bed.person, bed.dataset
    for keyword, uid in (
        ("StudyInstanceUID", person.uid(_STUDY)),
        ("SeriesInstanceUID", person.uid(_SERIES + number)),
        ("SOPInstanceUID", person.uid(_INSTANCE + number)),
        ("FrameOfReferenceUID", person.uid(_FRAME)),
        ("DeviceUID", person.uid(_DEVICE)),
        ("InstanceCreatorUID", person.uid(_DEVICE)),
        ("SynchronizationFrameOfReferenceUID", person.uid(_FRAME)),
    ):
        _expect_uid(bed, put(dataset, keyword, uid), uid, "uids", "root")
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(person.uid(_INSTANCE + number))
    put(dataset, "InstanceNumber", str(number + 1))
    put(dataset, "SeriesNumber", str(number + 1))


def _expect_uid(bed: Bed, path: str, uid: str, kind: str, place: str) -> None:
    bed.expect(path, "uid_changed", uid, "HIPAA-R", kind, place)
    bed.expect(path, "uid_consistent", uid, "DICOM-P15-BASIC-U", kind, place)


def _plant_texts(bed: Bed) -> None:
    for keyword, part, bucket in WHOLE:
        text = bed.part(part, 0)
        bed.expect(put(bed.dataset, keyword, text), "text_removed", text, bucket, part, "root")
    path = put(bed.dataset, "PatientID", bed.person.mrn)
    bed.expect(path, "patid_consistent", bed.person.mrn, "DICOM-P15-BASIC-C", "mrn", "root")


def _plant_dates(bed: Bed) -> None:
    birth = f"{bed.person.birth:%Y%m%d}"
    bed.expect(put(bed.dataset, "PatientBirthDate", birth), "date_shifted", birth, "HIPAA-C", "DA", "root")
    for keyword, days, clock in DATES:
        day = bed.person.day(days)
        path = put(bed.dataset, keyword, day + clock)
        bed.expect(path, "date_shifted", day, "HIPAA-C", "DT" if "DateTime" in keyword else "DA", "root")
    day = bed.person.day(0)
    bed.expect(put(bed.dataset, "SeriesTime", day), "date_shifted", day, "HIPAA-C", "date in TM", "root")


def _plant_sown(bed: Bed) -> None:
    for rows, place in ((DESCRIPTORS, "descriptor"), (STRAYS, "stray")):
        for row in rows:
            _sow(bed, bed.dataset, "", row, place)


def _sow(bed: Bed, dataset: Dataset, above: str, row: Sown, place: str) -> None:
    """Put a text with a part of the identity in it: that part has to go, and the rest would better stay."""
    text = bed.part(row.part, row.form)
    path = above + put(dataset, row.keyword, row.text.format(text))
    action: Action = "date_shifted" if row.bucket == "HIPAA-C" else "text_removed"
    kind = f"date as {written.__name__} form {row.form + 1}" if action == "date_shifted" else row.part
    bed.expect(path, action, text, row.bucket, kind, place)
    rest = row.text.replace("{}", "").strip()
    if rest:
        bed.expect(path, "text_retained", rest, "TCIA-P15-DESC-C", "rest of a text", place, CLEAN_DESCRIPTORS)


def _plant_nested(bed: Bed, number: int) -> None:
    person, dataset = bed.person, bed.dataset
    other = person.uid(_INSTANCE + (number + len(PEOPLE)) % len(SOURCES))
    for sequence in ("ReferencedImageSequence", "SourceImageSequence"):
        item, path = _item(dataset, sequence)
        put(item, "ReferencedSOPClassUID", str(dataset.SOPClassUID))
        _expect_uid(bed, path + put(item, "ReferencedSOPInstanceUID", other), other, "uids", "nested")
    item, path = _item(dataset, "ReferencedStudySequence")
    _expect_uid(
        bed, path + put(item, "ReferencedSOPInstanceUID", person.uid(_STUDY)), person.uid(_STUDY), "uids", "nested"
    )
    _plant_requests(bed)
    _plant_originals(bed)
    _plant_functional_groups(bed)
    _plant_anatomy(bed)
    _plant_content(bed)


def _item(dataset: Dataset, sequence: str, place: int = 0) -> tuple[Dataset, str]:
    """A new item, the only one of its sequence."""
    item = Dataset()
    return item, f"{put(dataset, sequence, [item])}[{place}]"


def _plant_part(bed: Bed, item: Dataset, above: str, keyword: str, part: str, bucket: str) -> None:
    text = bed.part(part, 0)
    bed.expect(above + put(item, keyword, text), "text_removed", text, bucket, part, "nested")


def _plant_day(bed: Bed, item: Dataset, above: str, keyword: str, clock: str = "") -> None:
    day = bed.person.day(0)
    kind = "DT" if clock else "DA"
    bed.expect(above + put(item, keyword, day + clock), "date_shifted", day, "HIPAA-C", kind, "nested")


def _plant_requests(bed: Bed) -> None:
    item, path = _item(bed.dataset, "RequestAttributesSequence")
    _plant_part(bed, item, path, "RequestedProcedureID", "accession", "HIPAA-J")
    _plant_part(bed, item, path, "AccessionNumber", "accession", "HIPAA-J")
    _plant_part(bed, item, path, "RequestingPhysician", "doctor", "HIPAA-A")
    _plant_part(bed, item, path, "RequestedProcedureDescription", "given first", "HIPAA-A")
    item, path = _item(bed.dataset, "OtherPatientIDsSequence")
    _plant_part(bed, item, path, "PatientID", "mrn", "HIPAA-H")
    item, path = _item(bed.dataset, "ContributingEquipmentSequence")
    _plant_part(bed, item, path, "InstitutionName", "institution", "HIPAA-B")
    _plant_part(bed, item, path, "OperatorsName", "doctor", "HIPAA-A")
    _plant_part(bed, item, path, "StationName", "serial", "HIPAA-M")
    _plant_day(bed, item, path, "ContributionDateTime", "081500.5+0100")


def _plant_originals(bed: Bed) -> None:
    """What a header says of its own past."""
    item, path = _item(bed.dataset, "OriginalAttributesSequence")
    _plant_day(bed, item, path, "AttributeModificationDateTime", "120000")
    _plant_part(bed, item, path, "ModifyingSystem", "institution", "HIPAA-B")
    inner, within = _item(item, "ModifiedAttributesSequence")
    _plant_part(bed, inner, path + within, "PatientName", "name", "HIPAA-A")
    _plant_part(bed, inner, path + within, "PatientID", "mrn", "HIPAA-H")
    _plant_day(bed, inner, path + within, "StudyDate")


def _plant_functional_groups(bed: Bed) -> None:
    """Three sequences deep, where enhanced images keep what others have at the top."""
    group, path = _item(bed.dataset, "SharedFunctionalGroupsSequence")
    content, within = _item(group, "FrameContentSequence")
    _plant_part(bed, content, path + within, "FrameComments", "family first", "HIPAA-A")
    _plant_day(bed, content, path + within, "FrameReferenceDateTime", "101112+0800")
    frames, within = _item(group, "FrameAnatomySequence")
    region, deeper = _item(frames, "AnatomicRegionSequence")
    put(region, "CodeValue", "T-D1100")
    put(region, "CodingSchemeDesignator", "SRT")
    kept = path + within + deeper + put(region, "CodeMeaning", "Head")
    bed.expect(kept, "text_retained", "Head", "TCIA-P15-BASIC-K", "science", "nested")
    timing, within = _item(group, "MRTimingAndRelatedParametersSequence")
    kept = path + within + put(timing, "RepetitionTime", "2250.5")
    bed.expect(kept, "text_retained", "2250.5", "TCIA-P15-BASIC-K", "science", "nested")


def _plant_anatomy(bed: Bed) -> None:
    """Codes: a standard one stays, a local one may name anybody."""
    view, path = _item(bed.dataset, "ViewCodeSequence")
    put(view, "CodeValue", "L-17")
    put(view, "CodingSchemeDesignator", "99LOCAL")
    _sow(bed, view, path, Sown("CodeMeaning", "axial {}", "family"), "stray")
    modifier, within = _item(view, "ViewModifierCodeSequence")
    put(modifier, "CodeValue", "L-18")
    put(modifier, "CodingSchemeDesignator", "99LOCAL")
    _sow(bed, modifier, path + within, Sown("CodeMeaning", "steep {}", "study", "HIPAA-C", 1), "stray")


def _plant_content(bed: Bed) -> None:
    """What reports and annotations say."""
    item, path = _item(bed.dataset, "GraphicAnnotationSequence")
    text, within = _item(item, "TextObjectSequence")
    _plant_part(bed, text, path + within, "UnformattedTextValue", "given first", "HIPAA-A")
    if bed.dataset.get("Modality") == "SR":
        said, path = _item(bed.dataset, "ContentSequence")
        _plant_part(bed, said, path, "TextValue", "family first", "HIPAA-A")
        _plant_part(bed, said, path, "PersonName", "name", "HIPAA-A")
        _plant_day(bed, said, path, "DateTime", "101112")
    if bed.dataset.get("Modality") == "ECG":
        note, path = _item(bed.dataset, "WaveformAnnotationSequence")
        _plant_part(bed, note, path, "UnformattedTextValue", "family first", "HIPAA-A")


def _plant_private(bed: Bed, number: int) -> None:
    for group, creator, element, vr, part, bucket in PRIVATE:
        text = bed.part(part, 0)
        path = _put_private(
            bed.dataset, group, creator, element, vr, _bytes(text, bed.person) if vr in ("OB", "UN") else text
        )
        bed.expect(path, "text_removed", text, bucket, part, "private")
    digits = "".join(each for each in bed.person.mrn if each.isdigit())
    path = _put_private(bed.dataset, 0x0019, "GEMS_ACQU_01", 0x7E, "IS", digits)
    bed.expect(path, "text_removed", digits, "HIPAA-H", "mrn as a number", "private")
    day = bed.person.day(0)
    path = _put_private(bed.dataset, 0x0009, "GEMS_IDEN_01", 0x27, "DA", day)
    bed.expect(path, "date_shifted", day, "HIPAA-C", "DA", "private")
    uid = bed.person.uid(_INSTANCE + number)
    path = _put_private(bed.dataset, 0x0009, "GEMS_IDEN_01", 0xE3, "UI", uid)
    _expect_uid(bed, path, uid, "uids", "private")
    item = Dataset()
    path = _put_private(bed.dataset, 0x2001, "Philips Imaging DD 001", 0x5F, "SQ", [item]) + "[0]"
    name = bed.person.name
    bed.expect(path + put(item, "PatientName", name), "text_removed", name, "HIPAA-A", "name", "private")
    _plant_safe_private(bed)


def _plant_safe_private(bed: Bed) -> None:
    for group, creator, element, vr, value in SAFE_NUMBERS:
        path = _put_private(bed.dataset, group, creator, element, vr, value)
        text = "\\".join(map(str, value)) if isinstance(value, list) else str(value)
        bed.expect(path, "text_retained", text, "TCIA-PTKB-K", "number of the scanner", "private")
    for group, creator, element, vr, text in SAFE_TEXTS:
        path = _put_private(bed.dataset, group, creator, element, vr, text)
        bed.expect(path, "text_retained", text, "TCIA-PTKB-K", "text of the scanner", "private", SAFE_PRIVATE)


def _put_private(dataset: Dataset, group: int, creator: str, element: int, vr: str, value: object) -> str:
    block = dataset.private_block(group, creator, create=True)
    tag = block.get_tag(element)
    dataset[tag] = DataElement(tag, vr, value, validation_mode=config.IGNORE)
    return f'({group:04X},"{creator}",{element:02X})'


def _bytes(text: str, person: Person) -> bytes:
    """A text as a vendor's bytes, of even length."""
    value = text.encode(_CODECS[person.charset[-1]] if person.charset else "ascii", "replace")
    return value + b" " * (len(value) % 2)


def _plant_graphics(bed: Bed) -> None:
    """Labels of curves and overlays, and what stands behind the pixels."""
    name = bed.part("given first", 0)
    for tag, path in ((0x50002500, "(5000,2500)"), (0x60001500, "(6000,1500)")):
        bed.dataset[tag] = DataElement(tag, "LO", name, validation_mode=config.IGNORE)
        bed.expect(path, "text_removed", name, "HIPAA-A", "given first", "graphics")
    path = _put_private(bed.dataset, 0x7FE1, "GEMS_Ultrasound_MovieGroup_001", 0x02, "LO", name)
    bed.expect(path, "text_removed", name, "HIPAA-A", "given first", "behind the pixels")


def _note_kept(bed: Bed) -> None:
    dataset = bed.dataset
    if not dataset.get("Modality"):
        put(dataset, "Modality", "OT")
    for keyword, text in TECHNICAL:
        bed.expect(put(dataset, keyword, text), "text_retained", text, "TCIA-P15-BASIC-K", "science", "root")
    for path, text in _numbers(dataset):
        bed.expect(path, "text_retained", text, "TCIA-P15-BASIC-K", "science", "root")
    for keyword in TYPE_1:
        bed.expect(_path(keyword), "text_notnull", "", "DICOM-IOD-1", "required", "root")
    for keyword in TYPE_2:
        bed.expect(_path(keyword), "tag_retained", "", "DICOM-IOD-2", "required", "root")


def _path(keyword: str) -> str:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _numbers(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """What a real header says of the picture in numbers."""
    for keyword in NUMBERS:
        element = dataset.get(Tag(keyword))
        if element is not None and not element.is_empty:
            values = element.value if element.VM > 1 else [element.value]
            yield _path(keyword), "\\".join(str(each) for each in values)


def _plant_pixels(bed: Bed, is_burned: bool) -> None:
    if PIXELS not in bed.dataset:
        return
    if is_burned:
        text = f"{bed.person.mrn} {bed.person.birth:%d.%m.%y}"
        box, ink = burn(bed.dataset, text)
        answer = Answer(bed.file, "(7FE0,0010)", "pixels_hidden", text, "HIPAA-A", "burned in", "pixels", "", box, ink)
        bed.answers.append(answer)
    else:
        digest = hashlib.md5(bed.dataset.PixelData, usedforsecurity=False).hexdigest()
        bed.expect("(7FE0,0010)", "pixels_retained", digest, "TCIA-P15-PIX-K", "pixels", "pixels")
