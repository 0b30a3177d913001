"""Beds: a header that is planted into, and the answers so far."""

from dataclasses import dataclass, field

from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset

from tests.midib.answers import CLEAN_DESCRIPTORS, Action, Answer
from tests.midib.people import Person, written
from tests.midib.plants import PARTS, Sown

STUDY, FRAME, DEVICE, SERIES, INSTANCE = 1, 2, 3, 10, 100  # numbers of a person's UIDs


@dataclass(slots=True)
class Bed:
    """One file, the number it has in the corpus, and whose identity is planted into it."""

    number: int
    person: Person
    dataset: FileDataset
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.person.charset:
            put(self.dataset, "SpecificCharacterSet", list(self.person.charset))

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.number:03d}.dcm"

    def expect(self, path: str, action: Action, text: str, bucket: str, kind: str, place: str, needs: str = "") -> None:
        """Note what has to become of an element."""
        self.answers.append(Answer(self.file, path, action, text, bucket, kind, place, needs))

    def expect_uid(self, path: str, uid: str, place: str) -> None:
        """Note that a UID has to become another, and the same one everywhere."""
        self.expect(path, "uid_changed", uid, "HIPAA-R", "uid", place)
        self.expect(path, "uid_consistent", uid, "DICOM-P15-BASIC-U", "uid", place)

    def expect_day(self, path: str, day: str, kind: str, place: str) -> None:
        """Note that a date has to move, and as all of the patient's do."""
        self.expect(path, "date_shifted", day, "HIPAA-C", kind, place)
        self.expect(path, "interval_kept", day, "TCIA-P15-DATE-C", kind, place)

    def part(self, part: str, form: int = 0) -> str:
        """A part of the identity; a date in one of its forms."""
        if part in ("study", "birth"):
            return written(self.person.study if part == "study" else self.person.birth)[form]
        return PARTS[part](self.person)

    def sow(self, dataset: Dataset, above: str, row: Sown, place: str) -> None:
        """Put a text with a part of the identity in it: that part has to go, and the rest would better stay."""
        text = self.part(row.part, row.form)
        path = above + put(dataset, row.keyword, row.text.format(text))
        action: Action = "date_shifted" if row.bucket == "HIPAA-C" else "text_removed"
        kind = f"{row.part} date, form {row.form + 1}" if action == "date_shifted" else row.part
        self.expect(path, action, text, row.bucket, kind, place)
        rest = " ".join(row.text.replace("{}", "").split())
        if rest:
            self.expect(path, "text_retained", rest, "TCIA-P15-DESC-C", "rest of a text", place, CLEAN_DESCRIPTORS)

    def plant(self, item: Dataset, above: str, keyword: str, part: str, bucket: str) -> None:
        """Put a part of the identity into an item."""
        text = self.part(part)
        self.expect(above + put(item, keyword, text), "text_removed", text, bucket, part, "nested")

    def plant_day(self, item: Dataset, above: str, keyword: str, clock: str = "") -> None:
        """Put the day of the study into an item."""
        day = self.person.day(0)
        self.expect_day(above + put(item, keyword, day + clock), day, "DT" if clock else "DA", "nested")


def put(dataset: Dataset, keyword: str, value: object) -> str:
    """Set an element to whatever it is told, valid or not; return its path."""
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    dataset[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=config.IGNORE)
    return path_of(keyword)


def put_item(dataset: Dataset, sequence: str) -> tuple[Dataset, str]:
    """Set a sequence to one new item; return it and its path."""
    item = Dataset()
    return item, f"{put(dataset, sequence, [item])}[0]"


def put_private(dataset: Dataset, group: int, creator: str, element: int, vr: str, value: object) -> str:
    """Set a private element, its creator with it; return its path."""
    tag = dataset.private_block(group, creator, create=True).get_tag(element)
    dataset[tag] = DataElement(tag, vr, value, validation_mode=config.IGNORE)
    return f'({group:04X},"{creator}",{element:02X})'


def path_of(keyword: str) -> str:
    """The path of an element at the top."""
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
