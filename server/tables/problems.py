"""What is wrong with a table, by row and column: never a value, which may be a patient's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from obia.schema.errors import Code, ObiaError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong. Row 1 is the header; row 0 speaks of the table as a whole."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "the table"
        return f"{place}, column {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"


class BadTable(ObiaError):
    """A table with problems; nothing of it was written."""

    code = Code.BAD_TABLE

    def __init__(self, problems: list[Problem]) -> None:
        noun = "problem" if len(problems) == 1 else "problems"
        super().__init__(f"{len(problems)} {noun} in the table, nothing was written; first, {problems[0]}")
        self.problems = problems

    def describe(self, limit: int) -> Mapping[str, object]:
        """The first problems, and how many there are, for JSON."""
        shown = [{"row": each.row, "column": each.column, "reason": each.reason} for each in self.problems[:limit]]
        return {"code": self.code.value, "total": len(self.problems), "problems": shown}


@dataclass(slots=True)
class Problems:
    """Problems as they are found; rows with one are told from sound ones."""

    _found: set[Problem] = field(default_factory=set)

    def add(self, row: int, column: str, reason: str) -> None:
        """Note a problem."""
        self._found.add(Problem(row, column, reason))

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self._found))

    def __len__(self) -> int:
        return len(self._found)

    def demand_none(self) -> None:
        """Raise BadTable if there is any."""
        if self._found:
            raise BadTable(list(self))
