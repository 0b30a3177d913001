"""Filters: typed inputs become predicates, in two-valued logic.

Of an absent property every comparison is false. In a WHERE Cypher's null does the same; under a NOT it would not, so
there each comparison is made two-valued first.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from enum import Enum
from typing import Any

from obia.schema.errors import BadInput, Code, ObiaError
from obia.schema.graph import Label, Property, Step, steps
from obia.schema.graph import label as label_of
from obia.server.plan.patterns import Match, follow
from obia.server.plan.statement import Values, all_of, shape
from obia.server.plan.visibility import Visible
from obia.server.plan.walks import Walks

MAX_DEPTH = 10  # filters within filters
MAX_CLAUSES = 200
MAX_LIST = 1_000  # values in one list

_OPERATORS = {
    "eq": "{0} = {1}",
    "ne": "{0} <> {1}",
    "in": "{0} IN {1}",
    "notIn": "({0} IS NOT NULL AND NOT {0} IN {1})",  # null IN [] is false, so NOT alone would be true
    "gt": "{0} > {1}",
    "gte": "{0} >= {1}",
    "lt": "{0} < {1}",
    "lte": "{0} <= {1}",
    "contains": "{0} CONTAINS {1}",
    "startsWith": "{0} STARTS WITH {1}",
    "has": "{1} IN {0}",
    "hasAny": "any(v IN {0} WHERE v IN {1})",
    "isNull": "({0} IS NULL) = {1}",
    "isEmpty": "(size(coalesce({0}, [])) = 0) = {1}",
}

_EXISTS = "EXISTS {"
_JOINT = re.compile(r"[{}]| AND | OR ")

Given = Mapping[str, Any]


class Filters:
    """Turns the filters of one statement into predicates."""

    def __init__(self, visible: Visible, values: Values, walks: Walks) -> None:
        self._visible = visible
        self._values = values
        self._walks = walks
        self._clauses = 0

    def root(self, label: Label, given: Given | None, n: str, depth: int) -> list[str]:
        """What a filter asks of `n`. Raises BadInput, ObiaError QUERY_TOO_COMPLEX."""
        return [self._filter(label, given, n, depth, 0, is_under_not=False)] if given else []

    def pinned(self, match: Match, given: Given | None) -> tuple[Match, list[str]]:
        """The match, starting at the index of the collection if the filter names one, and what then holds."""
        accession = _collection_of(match.label, given or {})
        if accession is None or match.label.name == "Collection":
            return match, []
        return match.using("collection"), [f"{match.n}.collection = {self._values.put(accession)}"]

    def _filter(self, label: Label, given: Given, n: str, depth: int, level: int, *, is_under_not: bool) -> str:
        self._count(level)
        parts: list[str] = []
        for name, value in given.items():
            if value is None:
                continue
            if name in ("AND", "OR"):
                many = [self._filter(label, each, n, depth, level + 1, is_under_not=is_under_not) for each in value]
                parts.append(all_of(many) if name == "AND" else _any_of(many, n))
            elif name == "NOT":
                parts.append(_not(self._filter(label, value, n, depth, level + 1, is_under_not=True), n))
            else:
                parts.append(self._member(label, name, value, n, depth, level, is_under_not=is_under_not))
        return all_of(parts)

    def _member(
        self, label: Label, name: str, value: Given, n: str, depth: int, level: int, *, is_under_not: bool
    ) -> str:
        step = next((each for each in steps(label.name) if each.field == name), None)
        _require_question(name, value, step)
        if step is None:
            return all_of(self._comparisons(label, label.property(name), value, n, is_under_not=is_under_not))
        if step.is_many:
            return all_of(
                self._quantified(step, quantifier, inner, n, depth, level)
                for quantifier, inner in value.items()
                if inner is not None
            )
        return self._exists(step, value, n, depth, level)

    def _comparisons(self, label: Label, each: Property, value: Given, n: str, *, is_under_not: bool) -> Iterator[str]:
        subject = self._visible.property(label, each, n)
        for operator, operand in value.items():
            if operand is None:
                raise BadInput(f"{each.name}: {operator} takes a value; isNull asks for what is absent")
            text = _OPERATORS[operator].format(subject, self._values.put(_plain(operand)))
            self._count(0)
            yield f"coalesce({text}, false)" if is_under_not else text

    def _quantified(self, step: Step, quantifier: str, inner: Given, n: str, depth: int, level: int) -> str:
        if quantifier == "some":
            return self._exists(step, inner, n, depth, level)
        if quantifier == "none":
            return f"NOT {self._exists(step, inner, n, depth, level)}"
        match = follow(step, n, depth + 1, self._visible)
        with self._walks.along(step):
            held = self._filter(match.label, inner, match.n, depth + 1, level + 1, is_under_not=True)
        return f"NOT EXISTS {{ {match.text} WHERE {all_of([*match.held, _not(held, match.n)])} }}"

    def _exists(self, step: Step, inner: Given, n: str, depth: int, level: int) -> str:
        """Whether a step leads to something: a chain of steps is one flat path, which costs half of nested ones.

        A path never goes through one relationship twice, so a type that comes again starts an EXISTS of its own.
        """
        path, types = [(follow(step, n, depth + 1, self._visible), inner)], {step.relationship.type}
        taken = [step]
        while (onward := _onward(path[-1][0].label, inner)) and onward[0].relationship.type not in types:
            match, (further, inner) = path[-1][0], onward
            rest = {name: value for name, value in path[-1][1].items() if name != further.field}
            path[-1] = match, rest
            path.append((follow(further, match.n, depth + len(path) + 1, self._visible), inner))
            types.add(further.relationship.type)
            taken.append(further)
        text, held, last = path[0][0].text, list[str](), depth + len(path)
        with ExitStack() as walked:
            for place, (match, given) in enumerate(path):
                walked.enter_context(self._walks.along(taken[place]))
                text += match.pattern.removeprefix(f"({path[place - 1][0].n})") if place else ""
                held += match.held
                held.append(self._filter(match.label, given, match.n, last, level + 1 + place, is_under_not=False))
        return f"EXISTS {{ {text} WHERE {all_of(held)} }}"

    def _count(self, level: int) -> None:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise ObiaError(f"a filter has at most {MAX_CLAUSES} clauses", Code.QUERY_TOO_COMPLEX)
        if level > MAX_DEPTH:
            raise ObiaError(f"filters go at most {MAX_DEPTH} deep", Code.QUERY_TOO_COMPLEX)


def _require_question(name: str, value: Given, step: Step | None) -> None:
    """Raise BadInput for what asks nothing: with a variable left out it would hold true of everything."""
    if step is not None and not step.is_many:
        return  # `{study: {}}` asks that there be one
    if all(each is None for each in value.values()) and (step is not None or not value):
        what = "some, all or none" if step is not None else "a comparison"
        raise BadInput(
            f"{name}: {what} is missing or its variable has no value; leave {name} out to ask for everything"
        )


def _onward(label: Label, given: Given) -> tuple[Step, Given] | None:
    """The one step that a filter goes on along, if it asks that something be there and no more."""
    ways = [(step, given[step.field]) for step in steps(label.name) if given.get(step.field) is not None]
    if len(ways) != 1:
        return None
    [(step, value)] = ways
    if not step.is_many:
        return step, value
    return (step, value["some"]) if set(value) == {"some"} and value["some"] is not None else None


def _any_of(parts: list[str], n: str) -> str:
    if "true" in parts:
        return "true"
    held = [_whole(each, n) for each in parts] if len(parts) > 1 else parts
    return f"({' OR '.join(sorted(set(held), key=shape))})" if held else "false"


def _not(held: str, n: str) -> str:
    return f"NOT ({_whole(held, n)})"


def _whole(held: str, n: str) -> str:
    """A predicate on `n` as one that Neo4j does not take apart.

    It brings what it reads into conjunctive form: an OR of seven ANDs becomes 128 ORs, each subquery planned anew.
    """
    return f"EXISTS {{ MATCH ({n}) WHERE {held} }}" if _EXISTS in held and _is_joined(held) else held


def _is_joined(held: str) -> bool:
    """Whether a predicate is made of others, those inside its subqueries aside."""
    level = 0
    for found in _JOINT.finditer(held):
        level += {"{": 1, "}": -1}.get(found[0], 0)
        if not level and found[0] != "}":
            return True
    return False


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        if len(value) > MAX_LIST:
            raise ObiaError(f"a list in a filter has at most {MAX_LIST} values", Code.QUERY_TOO_COMPLEX)
        return [_plain(each) for each in value]
    return value


def _collection_of(label: Label, given: Given) -> str | None:
    """The accession a filter demands of the collection above, if it names one.

    The nodes below carry it too, with an index: the match starts there and not at every node of the label.
    """
    if label.name == "Collection":
        return (given.get("accession") or {}).get("eq")
    for step in steps(label.name):
        inner = given.get(step.field)
        if inner and not step.is_many and _lies_in_collection(label_of(step.target)):
            return _collection_of(label_of(step.target), inner)
    return None


def _lies_in_collection(label: Label) -> bool:
    return label.name == "Collection" or any(each.name == "collection" for each in label.properties)
