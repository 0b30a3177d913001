"""Walks: where a filter leads, step by step, so that what it may visit is known before it runs.

A filter that goes back and forth between two labels visits a number of nodes that grows with every step; a time limit
alone would let a short request keep the database busy for as long as it lasts.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from obia.schema.errors import Code, ObiaError
from obia.schema.graph import Step
from obia.server.plan.census import Census

MAX_VISITS = 2  # of one label on one path: "series whose study also holds an SR" comes back once
MAX_WALKED = 50_000_000  # nodes; Neo4j visits some millions a second


@dataclass(frozen=True, slots=True)
class Origin:
    """The nodes that a filter is asked of: all of a label or, below a list, so many rows times a step."""

    label: str
    rows: int = 0
    step: Step | None = None

    def count(self, census: Census) -> float:
        """How many they are."""
        if self.step is None:
            return census.nodes.get(self.label, 0)
        return self.rows * census.fan(self.step)


@dataclass(slots=True)
class Walks:
    """The paths that the filters of one statement walk."""

    _paths: list[tuple[Origin, tuple[Step, ...]]] = field(default_factory=list)
    _origin: Origin = Origin("")
    _path: tuple[Step, ...] = ()

    @contextmanager
    def of(self, origin: Origin) -> Iterator[None]:
        """Collect what the filter of one list walks."""
        outer = self._origin, self._path
        self._origin, self._path = origin, ()
        try:
            yield
        finally:
            self._origin, self._path = outer

    @contextmanager
    def along(self, step: Step) -> Iterator[None]:
        """Walk a step further. Raises ObiaError QUERY_TOO_COMPLEX for a filter that goes back and forth."""
        outer = self._path
        self._path = (*outer, step)
        visits = [self._origin.label, *(each.target for each in self._path)].count(step.target)
        if visits > MAX_VISITS:
            raise ObiaError(
                f"a filter comes to {step.target} {visits} times on one path; the limit is {MAX_VISITS}",
                Code.QUERY_TOO_COMPLEX,
            )
        self._paths.append((self._origin, self._path))
        try:
            yield
        finally:
            self._path = outer

    @property
    def is_empty(self) -> bool:
        """Whether no filter leads anywhere."""
        return not self._paths

    def walked(self, census: Census) -> float:
        """How many nodes all filters together may visit."""
        return sum(census.walked(origin.count(census), path) for origin, path in self._paths)


def require_walkable(walked: Iterable[float]) -> None:
    """Raise ObiaError QUERY_TOO_COMPLEX, naming estimate and limit, where filters may visit too many nodes."""
    total = sum(walked)
    if total > MAX_WALKED:
        shown = f"about {total:,.0f}" if total < 1e12 else "far too many"
        raise ObiaError(
            f"the filters may visit {shown} nodes; the limit is {MAX_WALKED:,} a request. "
            "Name a collection in the filter, or take fewer steps",
            Code.QUERY_TOO_COMPLEX,
        )
