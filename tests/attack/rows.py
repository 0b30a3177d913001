"""Rows: one attack each, what was tried, what is expected, what was measured, and whether it passed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

HEAD = ("attack", "tried", "expected", "measured", "result")


class AttackFailed(Exception):
    """The attack itself could not be made; the message says which step failed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    attack: str
    tried: str
    expected: str
    measured: str
    is_passed: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of the line, in the order of HEAD."""
        return self.attack, self.tried, self.expected, self.measured, "passed" if self.is_passed else "FAILED"


@dataclass(frozen=True, slots=True)
class Probe:
    """One question whose answer is either as it must be, or not."""

    group: str
    name: str
    is_passed: bool


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield f"| {' | '.join(HEAD)} |"
    yield "|---" * len(HEAD) + "|"
    for row in rows:
        yield f"| {' | '.join(_plain(cell) for cell in row.cells)} |"


def _plain(cell: str) -> str:
    """A cell without what would end it."""
    return " ".join(cell.replace("|", "/").split())


def grouped(probes: Sequence[Probe], expected: dict[str, str]) -> Iterator[Row]:
    """One row for each group of probes, in the order of `expected`, which names the groups."""
    for group, words in expected.items():
        own = [each for each in probes if each.group == group]
        failed = [each.name for each in own if not each.is_passed]
        measured = f"{len(own) - len(failed)} of {len(own)}" + (f"; not: {listed(failed)}" if failed else "")
        yield Row(group, f"{len(own)} probes", words, measured, bool(own) and not failed)


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is at least as large as this share of all values. Raises ValueError for no values."""
    if not values:
        raise ValueError("a percentile needs values")
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 1000) // 1000) - 1)]
