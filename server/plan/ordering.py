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


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to order by; `indexed` names the property whose index has its order.

    Where `guards` hold, `text` has the value of `bare`, the property itself; elsewhere it is null.
    """

    name: str
    text: str
    is_descending: bool = False
    is_nullable: bool = True
    indexed: str | None = None
    guards: tuple[str, ...] = ()
    bare: str = ""

    def reversed(self) -> "Term":
        """The other way round."""
        return replace(self, is_descending=not self.is_descending)

    def unguarded(self) -> "Term":
        """The same where its guards hold: what is left to order by is the property, which its index serves."""
        return replace(self, text=self.bare, guards=(), bare="") if self.guards else self


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a list that one index serves: what holds of it, how it is ordered, and the index's property."""

    held: tuple[str, ...]
    ordered: tuple[Term, ...]
    indexed: str | None = None


def terms(label: Label, given: Sequence[Mapping[str, Any]] | None, n: str, visible: Visible) -> list[Term]:
    """What a list is ordered by, the natural key last; what was named before is not named again."""
    found: dict[str, Term] = {}
    for each in given or ():
        name, direction = _text(each["field"]), _text(each["direction"])
        property = label.property(name)
        text = visible.property(label, property, n)
        guards = tuple(visible.pixels(n)) if property.needs_pixels else ()
        indexed = name if guards and property.is_indexed else _indexed(label, text, n)
        bare = f"{n}.{name}" if guards else ""
        found.setdefault(name, Term(name, text, direction == "DESC", name != label.key, indexed, guards, bare))
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


def stretches(ordered: Sequence[Term], place: Sequence[object] | None, values: Values) -> list[Stretch]:
    """The list from a place on, or whole, in order: where the first term has a value, and where it has none.

    An index knows nothing of absent values, so that in one piece the label would be scanned and sorted.
    """
    term, rest = ordered[0], tuple(ordered[1:])
    if not term.is_nullable or term.indexed is None:
        return [Stretch(() if place is None else (f"({after(ordered, place, values)})",), tuple(ordered))]
    absent = Stretch((f"{term.text} IS NULL",), rest)
    guards, term = term.guards, term.unguarded()
    present = Stretch((*guards, f"{term.text} IS NOT NULL"), (term, *rest), term.indexed)
    if place is None:
        return [absent, present] if term.is_descending else [present, absent]
    if place[0] is None:
        begun = replace(absent, held=(*absent.held, f"({after(rest, place[1:], values)})"))
        return [begun, present] if term.is_descending else [begun]
    filled = replace(term, is_nullable=False)
    begun = replace(present, held=(*guards, f"({after([filled, *rest], place, values)})"))
    return [begun] if term.is_descending else [begun, absent]


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


def _indexed(label: Label, text: str, n: str) -> str | None:
    """The property with an index that an expression is, if it is no more than that."""
    return next((each.name for each in label.properties if each.is_indexed and text == f"{n}.{each.name}"), None)


def _text(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
