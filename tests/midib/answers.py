"""The answer key: what an element held, and what has to have become of it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Action = Literal[
    "tag_retained",
    "text_notnull",
    "text_retained",
    "text_removed",
    "date_shifted",
    "uid_changed",
    "uid_consistent",
    "patid_consistent",
    "pixels_retained",
    "pixels_hidden",
    "nowhere",  # beyond MIDI-B: a string that no element at all may hold, named or not
    "interval_kept",  # beyond MIDI-B: every date of a patient's moves by the same number of days
]
CLEAN_DESCRIPTORS = "113105"  # PS3.16: the option that keeps a text and takes identity out of it


@dataclass(frozen=True, slots=True)
class Answer:
    """One check of one element. `path` is MIDI-B's spelling of a place, without its angle brackets; `text` is what the
    action looks for; `kind` is what was planted, `place` where; `needs` is the option of PS3.15 that alone asks for it;
    `box` is x, y, width, height and `ink` its drawn pixels, row by row, eight to a byte, in hexadecimal."""

    file: str
    path: str
    action: Action
    text: str
    bucket: str
    kind: str
    place: str
    needs: str = ""
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    ink: str = ""

    @property
    def group(self) -> str:
        """The regulation or practice that asks for it: hipaa, dicom or tcia."""
        return self.bucket.split("-", maxsplit=1)[0].lower()

    @property
    def is_header(self) -> bool:
        """Whether it asks about elements, not about what is drawn into pixels."""
        return self.action != "pixels_hidden"


def write_answers(path: Path, answers: Iterable[Answer]) -> None:
    """Write an answer key, an answer to a line."""
    path.write_text("".join(json.dumps(asdict(each)) + "\n" for each in answers), encoding="utf-8")


def read_answers(path: Path) -> Iterator[Answer]:
    """Read an answer key."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        yield Answer(**{**fields, "box": tuple(fields["box"])})
