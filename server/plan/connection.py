"""One connection in a plan: the page, its total, what lies beyond its ends, and its cursors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from obia.server.plan import ordering
from obia.server.plan.cursors import Cursors
from obia.server.plan.ordering import Term
from obia.server.plan.pages import Page
from obia.server.plan.patterns import Match
from obia.server.plan.statement import Columns, Slot, Values, all_of

Getter = Callable[[list[object]], object]


@dataclass(slots=True)
class Connected:
    """The columns of a connection as they gather; `settle` writes them as one list."""

    match: Match
    held: Sequence[str]
    page: Page
    ordered: Sequence[Term]
    order: str
    cursors: Cursors
    values: Values
    row: Columns = field(default_factory=Columns)
    _columns: Columns = field(default_factory=Columns)
    _rows: Slot = field(default_factory=Slot)
    _places: list[Slot] = field(default_factory=list)

    def rows(self, values: list[object]) -> list[list[object]]:
        """The rows of the page, in the list's order."""
        return self.page.cut(values[self._rows.at])  # type: ignore[arg-type]

    def total(self) -> Getter:
        """How many the filter holds true of, on whatever page."""
        return self._columns.add(f"COUNT {{ MATCH {self.match.pattern} WHERE {all_of(self.held)} }}").read

    def cursor(self) -> Getter:
        """The cursor of a row."""
        self._places = self._places or [self.row.add(each.text) for each in self.ordered]
        places, order, encode = self._places, self.order, self.cursors.encode
        return lambda values: encode(order, [values[each.at] for each in places])

    def end(self, *, is_last: bool) -> Getter:
        """The cursor of the page's last or first row."""
        cursor = self.cursor()

        def read(values: list[object]) -> object:
            rows = self.rows(values)
            return cursor(rows[-1 if is_last else 0]) if rows else None

        return read

    def more(self, *, is_forward: bool) -> Getter:
        """Whether there is more after the page, or before it."""
        beyond = self._beyond(self.page.before if is_forward else self.page.after, is_forward=is_forward)
        is_fetched = is_forward != self.page.is_backward

        def read(values: list[object]) -> object:
            rows = values[self._rows.at]
            more = is_fetched and len(rows) > self.page.size  # type: ignore[arg-type]
            return more or (beyond is not None and beyond.read(values))

        return read

    def settle(self) -> str:
        """The connection as a list: its rows, and what else was asked of it."""
        ordered = [each.reversed() for each in self.ordered] if self.page.is_backward else self.ordered
        held = [*self.held, f"{self.match.n}.{self.match.label.key} IS NOT NULL"]  # else the label is scanned
        if self.page.after is not None:
            held.append(self._after(self.page.after, self.ordered))
        if self.page.before is not None:
            held.append(self._after(self.page.before, [each.reversed() for each in self.ordered]))
        carried = f"{self.match.n}, {self.match.r}" if self.match.r else self.match.n
        text = (
            f"COLLECT {{ MATCH {self.match.pattern} WHERE {all_of(held)} "
            f"WITH {carried} ORDER BY {ordering.by(ordered)} LIMIT {self.values.put(self.page.size + 1)} "
            f"RETURN {self.row.settle()} }}"
        )
        self._columns.take(text, self._rows)
        return self._columns.settle()

    def _beyond(self, cursor: str | None, *, is_forward: bool) -> Slot | None:
        """Whether anything stands at a cursor or beyond it."""
        if cursor is None:
            return None
        ordered = self.ordered if is_forward else [each.reversed() for each in self.ordered]
        held = [*self.held, self._after(cursor, ordered, is_inclusive=True)]
        return self._columns.add(f"EXISTS {{ MATCH {self.match.pattern} WHERE {all_of(held)} }}")

    def _after(self, cursor: str, ordered: Sequence[Term], *, is_inclusive: bool = False) -> str:
        place = self.cursors.decode(cursor, self.order)
        return f"({ordering.after(ordered, place, self.values, is_inclusive=is_inclusive)})"
