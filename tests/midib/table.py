"""Table: verdicts added up, category by category, contender beside contender."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.midib.answers import Answer
from tests.midib.scoring import Verdict

WEIGHTS = {"hipaa": 70, "dicom": 20, "tcia": 10}  # MIDI-B's, in hundredths
BEYOND = ("nowhere", "interval_kept")  # what MIDI-B does not ask
_NAMES = {"hipaa": "HIPAA", "dicom": "DICOM", "tcia": "best practice"}
_REMOVALS = ("text_removed", "date_shifted", "uid_changed", "pixels_hidden")

Verdicts = Mapping[str, Sequence[Verdict]]  # by contender


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what was asked, how often, and the percentage each contender did."""

    name: str
    count: int
    shares: tuple[float, ...]


def by_action(verdicts: Verdicts) -> list[Row]:
    """A line for each category and action; what only an option of PS3.15 asks for has its own."""
    return _rows(verdicts, _category)


def by_place(verdicts: Verdicts) -> list[Row]:
    """A line for each place that identity was planted into: how much of it is gone."""
    return _rows(verdicts, lambda each: each.place if each.action in _REMOVALS else None)


def weighted(verdicts: Verdicts) -> Row:
    """MIDI-B's one number: each category's share, weighted; what only an option asks for is not in it."""
    shares, count = [], 0
    for each in verdicts.values():
        asked = [one for one in each if not one.answer.needs and one.answer.action not in BEYOND]
        groups = {group: [one.score for one in asked if one.answer.group == group] for group in WEIGHTS}
        shares.append(sum(WEIGHTS[group] * sum(scores) / len(scores) for group, scores in groups.items() if scores))
        count = len(asked)
    return Row("all, weighted 70 : 20 : 10", count, tuple(shares))


def failures(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What did not come true, or not whole."""
    return [each for each in verdicts if each.score < 1]


def markdown(first: str, contenders: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a table."""
    names = list(contenders)
    yield f"| {first} | actions | {' | '.join(names)} |"
    yield f"| --- | ---: |{' ---: |' * len(names)}"
    for row in rows:
        yield f"| {row.name} | {row.count:,} | {' | '.join(map(_percent, row.shares))} |"


def _percent(share: float) -> str:
    """Two places, and no rounding up to what was not reached."""
    return "100 %" if share >= 100 - 1e-9 else f"{min(share, 99.99):.2f} %"


def _category(answer: Answer) -> str:
    name = f"{_NAMES[answer.group]}: {answer.action}"
    if answer.action in BEYOND:
        return f"beyond MIDI-B: {answer.action}"
    return f"option {answer.needs}: {answer.action}" if answer.needs else name


def _rows(verdicts: Verdicts, name: Callable[[Answer], str | None]) -> list[Row]:
    names = dict.fromkeys(filter(None, (name(one.answer) for each in verdicts.values() for one in each)))
    order = sorted(names, key=lambda each: (each.startswith(("option", "beyond")), each))
    return [_row(each, verdicts, name) for each in order]


def _row(wanted: str, verdicts: Verdicts, name: Callable[[Answer], str | None]) -> Row:
    scores = [[one.score for one in each if name(one.answer) == wanted] for each in verdicts.values()]
    return Row(wanted, len(scores[0]), tuple(100 * sum(each) / len(each) for each in scores))
