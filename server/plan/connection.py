"""One connection in a plan: the page, its total, what lies beyond its ends, and its cursors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from obia.server.plan import ordering
from obia.server.plan.cursors import Cursors
from obia.server.plan.ordering import Stretch, Term
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
    is_root: bool
    is_filtered: bool
    is_public: bool
    row: Columns = field(default_factory=Columns)
    _columns: Columns = field(default_factory=Columns)
    _rows: Slot = field(default_factory=Slot)
    _places: list[Slot] = field(default_factory=list)
    _is_paged: bool = False

    def paged(self) -> None:
        """Say that the page itself is wanted: who only counts fetches none."""
        self._is_paged = True

    def rows(self, values: list[object]) -> list[list[object]]:
        """The rows of the page, in the list's order."""
        return self.page.cut(values[self._rows.at])  # type: ignore[arg-type]

    def total(self) -> Getter:
        """How many the filter holds true of, on whatever page."""
        return self._columns.add(f"COUNT {{ {self.match.text} WHERE {all_of(self.held)} }}").read

    def cursor(self) -> Getter:
        """The cursor of a row."""
        self._places = self._places or [self.row.add(each.text) for each in self.ordered]
        places, order, encode = self._places, self.order, self.cursors.encode
        return lambda values: encode(order, [values[each.at] for each in places])

    def end(self, *, is_last: bool) -> Getter:
        """The cursor of the page's last or first row."""
        self.paged()
        cursor = self.cursor()

        def read(values: list[object]) -> object:
            rows = self.rows(values)
            return cursor(rows[-1 if is_last else 0]) if rows else None

        return read

    def more(self, *, is_forward: bool) -> Getter:
        """Whether there is more after the page, or before it."""
        beyond = self._beyond(self.page.before if is_forward else self.page.after, is_forward=is_forward)
        is_fetched = is_forward != self.page.is_backward
        if is_fetched:
            self.paged()

        def read(values: list[object]) -> object:
            more = is_fetched and len(values[self._rows.at]) > self.page.size  # type: ignore[arg-type]
            return more or (beyond is not None and beyond.read(values))

        return read

    def settle(self) -> str:
        """The connection as a list: its rows, and what else was asked of it."""
        if self._is_paged:
            self._columns.take(f"COLLECT {{ {self._fetch()} RETURN {self.row.settle()} }}", self._rows)
        return self._columns.settle()

    def _fetch(self) -> str:
        """The page and one row more; at the root a stretch at a time, each from its index, none before it is needed."""
        limit = f"LIMIT {self.values.put(self.page.size + 1)}"
        parts = [self._stretch(each, limit) for each in self._stretches()]
        if len(parts) == 1:
            return parts[0]
        n = self.match.n
        return f"CALL () {{ {' UNION ALL '.join(f'{part} RETURN {n}' for part in parts)} }} WITH {n} {limit}"

    def _stretches(self) -> list[Stretch]:
        after, before, ordered = self.page.after, self.page.before, self.ordered
        if self.page.is_backward:
            after, before, ordered = before, after, [each.reversed() for each in ordered]
        place = None if after is None else self.cursors.decode(after, self.order)
        bound = () if before is None else (self._after(before, [each.reversed() for each in ordered]),)
        if self.is_root:
            found = ordering.stretches(ordered, place, self.values)
        else:
            held = () if after is None else (self._after(after, ordered),)
            found = [Stretch(held, tuple(ordered))]
        return [replace(each, held=(*each.held, *bound)) for each in found]

    def _stretch(self, stretch: Stretch, limit: str) -> str:
        match, ordered = self.match, list(stretch.ordered)
        held = all_of([*self.held, *stretch.held, f"{match.n}.{match.label.key} IS NOT NULL"])  # else a label scan
        if self.is_root and not self.is_filtered and stretch.indexed:
            match = match.using(stretch.indexed)  # unasked, Neo4j may take that of the state and sort all it finds
        if self.is_root and self.is_public and ordered[0].name == match.label.key:
            ordered.insert(0, replace(ordered[0], text=f"{match.n}.state"))  # one state: the index (state, key) orders
        carried = f"{match.n}, {match.r}" if match.r else match.n
        return f"{match.text} WHERE {held} WITH {carried} ORDER BY {ordering.by(ordered)} {limit}"

    def _beyond(self, cursor: str | None, *, is_forward: bool) -> Slot | None:
        """Whether anything stands at a cursor or beyond it."""
        if cursor is None:
            return None
        ordered = self.ordered if is_forward else [each.reversed() for each in self.ordered]
        held = [*self.held, self._after(cursor, ordered, is_inclusive=True)]
        return self._columns.add(f"EXISTS {{ {self.match.text} WHERE {all_of(held)} }}")

    def _after(self, cursor: str, ordered: Sequence[Term], *, is_inclusive: bool = False) -> str:
        place = self.cursors.decode(cursor, self.order)
        return f"({ordering.after(ordered, place, self.values, is_inclusive=is_inclusive)})"
