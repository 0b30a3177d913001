"""What an import did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows a table had, and what was new: counts by label, relationship type or property.

    `waiting` are the collections that were released before, and need another release to show what is new.
    """

    rows: int
    added: Mapping[str, int]
    is_dry: bool
    waiting: tuple[str, ...] = ()

    def describe(self) -> Mapping[str, object]:
        """The same for JSON."""
        added = dict(self.added)
        return {"rows": self.rows, "added": added, "dryRun": self.is_dry, "waiting": list(self.waiting)}


def counted(names: Iterable[str]) -> Mapping[str, int]:
    """How often each name occurs, sorted by name."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))
