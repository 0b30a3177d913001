"""Pages: which part of a list is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from obia.schema.errors import BadInput
from obia.schema.graphql.modelled import MAX_PAGE, PAGE


@dataclass(frozen=True, slots=True)
class Page:
    """How many nodes, from which end, between which cursors."""

    size: int
    is_backward: bool
    after: str | None
    before: str | None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> "Page":
        """The page that a connection's arguments ask for. Raises BadInput."""
        first, last = arguments.get("first"), arguments.get("last")
        after, before = arguments.get("after"), arguments.get("before")
        if first is not None and last is not None:
            raise BadInput("first and last do not go together")
        given = last if first is None else first
        size = PAGE if given is None else int(given)
        if size < 0:
            raise BadInput("first and last are not negative")
        if size > MAX_PAGE:
            raise BadInput(f"first and last are at most {MAX_PAGE}; ask for the next page with after")
        is_backward = last is not None or (first is None and before is not None and after is None)
        return cls(size, is_backward, after, before)

    def cut(self, rows: list[list[object]]) -> list[list[object]]:
        """The rows of the page, in the list's order, of one more than it holds, fetched from its end."""
        kept = rows[: self.size]
        return kept[::-1] if self.is_backward else kept
