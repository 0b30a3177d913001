"""An import: how it is written, and what it did."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from obia.schema.access import Viewer
from obia.server.graph.driver import Transaction

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Import:
    """An import of a table, as the audit log names it; a dry one changes nothing and is not recorded."""

    viewer: Viewer
    action: str
    subject: str
    is_dry: bool

    async def write(self, archive: "OpenArchive", work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one write transaction, on record before it begins."""
        if self.is_dry:
            return await archive.graph.write(work)
        async with archive.changing(self.viewer, self.action, self.subject) as change:
            return await change.write(work)


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
