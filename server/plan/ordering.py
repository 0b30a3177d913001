"""Orders: total ones, and what comes after a place in them.

Absent values come last ascending and first descending, as Cypher sorts them; the natural key decides between equals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from obia.schema.graph import Label
from obia.server.plan.statement import Values
from obia.server.plan.visibility import Visible

MAX_TERMS = 5


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to order by."""

    name: str
    text: str
    is_descending: bool = False
    is_nullable: bool = True

    def reversed(self) -> "Term":
        """The other way round."""
        return replace(self, is_descending=not self.is_descending)


def terms(label: Label, given: Sequence[Mapping[str, Any]] | None, n: str, visible: Visible) -> list[Term]:
    """What a list is ordered by, the natural key last; what was named before is not named again."""
    found: dict[str, Term] = {}
    for each in given or ():
        name, direction = _text(each["field"]), _text(each["direction"])
        text = visible.property(label, label.property(name), n)
        found.setdefault(name, Term(name, text, direction == "DESC", is_nullable=name != label.key))
    found.setdefault(label.key, Term(label.key, f"{n}.{label.key}", is_nullable=False))
    return list(found.values())


def name_of(label: Label, ordered: Sequence[Term]) -> str:
    """The name of an order, for cursors."""
    return f"{label.name} " + " ".join(f"{'-' if each.is_descending else '+'}{each.name}" for each in ordered)


def by(ordered: Sequence[Term]) -> str:
    """The ORDER BY of an order."""
    return ", ".join(f"{each.text}{' DESC' if each.is_descending else ''}" for each in ordered)


def after(ordered: Sequence[Term], place: Sequence[object], values: Values, *, is_inclusive: bool = False) -> str:
    """What comes after a place: `y <= $y AND (y < $y OR id > $id)`, which an index serves, never the bare OR."""
    term, *rest = ordered
    value, *others = place
    strict, weak = _beyond(term, value, values)
    if not rest:
        return weak if is_inclusive else strict
    return f"{weak} AND ({strict} OR {after(rest, others, values, is_inclusive=is_inclusive)})"


def _beyond(term: Term, value: object, values: Values) -> tuple[str, str]:
    """What comes strictly after a value, and what equals it or comes after it."""
    text = term.text
    if value is None:
        return (f"{text} IS NOT NULL", "true") if term.is_descending else ("false", f"{text} IS NULL")
    name = values.put(value)
    if term.is_descending:
        return f"{text} < {name}", f"{text} <= {name}"
    if term.is_nullable:
        return f"({text} > {name} OR {text} IS NULL)", f"({text} >= {name} OR {text} IS NULL)"
    return f"{text} > {name}", f"{text} >= {name}"


def _text(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
