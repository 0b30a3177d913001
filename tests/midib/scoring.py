"""Scoring: MIDI-B's rules, action by action, over what came out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from pydicom import config

from tests.midib.answers import Answer
from tests.midib.outputs import Output, has_word, words
from tests.midib.pictures import digest, grey

_LEGIBLE = 0.05  # of white: how far the mean of the ink may be from that of the paper; a mosaic stays below
_STUDY_DATE = "(0008,0020)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far an answer came true: 1 is all of it."""

    answer: Answer
    score: float

    def __str__(self) -> str:
        each = self.answer
        return f"{each.file} {each.path} {each.action} ({each.place}: {each.kind})"


def score(answers: Iterable[Answer], files: Mapping[str, bytes]) -> list[Verdict]:
    """Score what came out, by file name, against the answers; a file that is not there came not out."""
    answers = list(answers)
    outputs = {name: Output(files.get(name)) for name in {each.file for each in answers}}
    with config.disable_value_validation():  # plants are not always what the standard allows
        scorer = Scorer(_offsets(answers, outputs))
        return [Verdict(each, scorer.score(each, outputs[each.file])) for each in answers]


@dataclass(slots=True)
class Scorer:
    """What holds over files: how UIDs, patients and dates were mapped where they were met first."""

    offsets: Mapping[str, timedelta]
    new: dict[str, str] = field(default_factory=dict)
    old: dict[str, str] = field(default_factory=dict)

    def score(self, answer: Answer, output: Output) -> float:
        """Between 0 and 1."""
        match answer.action:
            case "tag_retained":
                return float(output.values(answer.path) is not None)
            case "text_notnull":
                return float(bool(output.values(answer.path)))
            case "text_retained":
                return _retained(answer.text, output.values(answer.path) or [])
            case "text_removed":
                return float(not any(has_word(each, word) for each in output.values(answer.path) or [] for word in words(answer.text)))  # fmt: skip
            case "date_shifted" | "uid_changed":
                return float(not any(answer.text in each for each in output.values(answer.path) or []))
            case "nowhere":
                return float(not any(answer.text.casefold() in each.casefold() for each in output.everything))
            case "uid_consistent" | "patid_consistent":
                return float(output.data is not None and self._is_consistent(answer, output.values(answer.path)))
            case "interval_kept":
                return float(output.data is not None and self._keeps_interval(answer, output.values(answer.path)))
            case "pixels_retained":
                return float(output.dataset is not None and "PixelData" in output.dataset and digest(output.dataset) == answer.text)  # fmt: skip
            case "pixels_hidden":
                return float(output.dataset is None or "PixelData" not in output.dataset or _is_hidden(answer, output))

    def _is_consistent(self, answer: Answer, values: list[str] | None) -> bool:
        """Whether it became what it became before, and nothing else became that."""
        if values is None:
            return True
        now = values[0] if values else ""
        return self.new.setdefault(answer.text, now) == now and self.old.setdefault(now, answer.text) == answer.text

    def _keeps_interval(self, answer: Answer, values: list[str] | None) -> bool:
        """Whether it moved as the study's date did; one that is gone keeps no interval and breaks none."""
        if not values:
            return True
        moved = _day(values[0])
        return moved is not None and moved - _known(answer.text) == self.offsets.get(answer.file)


def _offsets(answers: Iterable[Answer], outputs: Mapping[str, Output]) -> dict[str, timedelta]:
    """By file, how far the patient's dates move: what the first of the patient's study dates did."""
    patients = {each.file: each.text for each in answers if each.action == "patid_consistent"}
    known: dict[str, timedelta] = {}
    for each in answers:
        if each.path == _STUDY_DATE and each.action == "interval_kept":
            moved = _day((outputs[each.file].values(each.path) or [""])[0])
            if moved is not None:
                known.setdefault(patients[each.file], moved - _known(each.text))
    return {file: known[patient] for file, patient in patients.items() if patient in known}


def _day(text: str) -> datetime | None:
    try:
        return _known(text[:8])
    except ValueError:
        return None


def _known(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a day has no zone


def _retained(text: str, values: list[str]) -> float:
    """The share of a text's words, or numbers, that are there."""
    if any(text in value for value in values):
        return 1.0
    wanted = text.split("\\") if "\\" in text else [text]
    numbers = _numbers(wanted)
    if numbers is not None:
        return max((float(_numbers(value.split("\\")) == numbers) for value in values), default=0.0)
    kept = words(text)
    return max((sum(has_word(value, word) for word in kept) / len(kept) for value in values), default=0.0)


def _numbers(texts: Iterable[str]) -> list[float] | None:
    try:
        return [float(each) for each in texts]
    except ValueError:
        return None


def _is_hidden(answer: Answer, output: Output) -> bool:
    """Whether ink and paper look alike where the text was drawn."""
    assert output.dataset is not None
    x, y, width, height = answer.box
    box = grey(output.dataset)[y : y + height, x : x + width]
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(answer.ink), np.uint8), count=width * height)
    ink = bits.reshape(height, width).astype(bool)
    if box.shape != ink.shape:
        return True
    white = 2 ** (output.dataset.BitsStored - output.dataset.get("PixelRepresentation", 0)) - 1
    return float(abs(box[ink].mean() - box[~ink].mean())) <= float(_LEGIBLE * white)
