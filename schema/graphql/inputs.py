"""Filters and orders, made from the graph model: `StudyFilter`, `StudyOrder` and their like.

Two-valued logic: of an absent property every comparison is false, and its NOT is true.
"""

from enum import Enum
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_snake_case

from obia.schema.graph import Label, Property, Scalar, readable, steps
from obia.schema.graphql.enums import OrderDirection
from obia.schema.graphql.scalars import Date, DateTime, Long

_EQUAL = {
    "eq": ("{0}", "Equals this."),
    "ne": ("{0}", "Is something else than this; false where it is absent."),
    "in": ("list[{0}]", "Is one of these."),
    "notIn": ("list[{0}]", "Is none of these; false where it is absent."),
}
_NULL = {"isNull": ("bool", "Whether it is absent.")}
_ORDERED = {
    "gt": ("{0}", "Comes after this."),
    "gte": ("{0}", "Equals this or comes after it."),
    "lt": ("{0}", "Comes before this."),
    "lte": ("{0}", "Equals this or comes before it."),
}
_EXACT = "letter for letter, upper and lower case apart"
_TEXT = {
    "eq": ("str", f"Equals this, {_EXACT}."),
    "ne": ("str", f"Is something else than this, {_EXACT}; false where it is absent."),
    "in": ("list[str]", f"Is one of these, {_EXACT}."),
    "notIn": ("list[str]", f"Is none of these, {_EXACT}; false where it is absent."),
    "contains": ("str", f"Has this in it, {_EXACT}."),
    "startsWith": ("str", f"Starts with this, {_EXACT}."),
}
_LIST = {
    "has": ("str", f"Has this among its values, {_EXACT}."),
    "hasAny": ("list[str]", f"Has at least one of these among its values, {_EXACT}."),
    "isEmpty": ("bool", "Whether it has no values."),
}
_QUANTIFIED = {
    "some": "True of at least one of them that you may see.",
    "none": "True of none of them that you may see.",
    "all": "True of each of them that you may see; also where there is none.",
}
_NAMES = {
    Scalar.STRING: ("StringFilter", "str", "text", _EQUAL | _TEXT | _NULL),
    Scalar.INT: ("IntFilter", "int", "a whole number", _EQUAL | _ORDERED | _NULL),
    Scalar.LONG: ("LongFilter", Long.__name__, "a long whole number", _EQUAL | _ORDERED | _NULL),
    Scalar.FLOAT: ("FloatFilter", "float", "a number", _EQUAL | _ORDERED | _NULL),
    Scalar.DATE: ("DateFilter", Date.__name__, "a date", _EQUAL | _ORDERED | _NULL),
    Scalar.DATETIME: ("DateTimeFilter", DateTime.__name__, "a moment", _EQUAL | _ORDERED | _NULL),
    Scalar.STRINGS: ("StringListFilter", "str", "a list of texts", _LIST),
}


def shown(model: Label) -> list[Property]:
    """The properties that the API shows."""
    return [each for each in model.properties if not each.is_hidden]


def orderable(model: Label) -> list[Property]:
    """The properties a page may be ordered by: those with an index."""
    return [each for each in shown(model) if each.is_indexed or each.name in (model.key, "accession")]


def _input(name: str, description: str, fields: dict[str, tuple[str, str]]) -> None:
    """Add an input to this module; each field is nullable, named as given, with its type and description."""
    annotations = {_attribute(field): f"{kind} | None" for field, (kind, _) in fields.items()}
    body: dict[str, Any] = {
        _attribute(field): strawberry.field(name=field, default=strawberry.UNSET, description=told)
        for field, (_, told) in fields.items()
    }
    cls = type(name, (), {"__module__": __name__, "__annotations__": annotations, "__doc__": description, **body})
    globals()[name] = strawberry.input(cls, description=description)


def _attribute(field: str) -> str:
    return f"{to_snake_case(field).lower().strip('_')}_"


def _comparisons() -> None:
    for name, kind, what, operators in _NAMES.values():
        fields = {field: (type_.format(kind), told) for field, (type_, told) in operators.items()}
        _input(name, f"What to ask of {what}; all that is given must hold.", fields)


def _enum_comparisons() -> None:
    for enum in {each.enum for model in readable() for each in shown(model) if each.enum}:
        globals()[enum.__name__] = enum
        fields = {field: (type_.format(enum.__name__), told) for field, (type_, told) in (_EQUAL | _NULL).items()}
        _input(f"{enum.__name__}Filter", "What to ask of an enum; all that is given must hold.", fields)


def _filter(model: Label) -> None:
    name = f"{model.name}Filter"
    fields = {
        "AND": (f"list[{name}]", "All of these hold."),
        "OR": (f"list[{name}]", "At least one of these holds."),
        "NOT": (name, "This does not hold."),
    }
    for each in shown(model):
        kind = f"{each.enum.__name__}Filter" if each.enum else _NAMES[each.scalar][0]
        fields[each.name] = (kind, each.description)
    for step in steps(model.name):
        kind = f"{step.target}RelationFilter" if step.is_many else f"{step.target}Filter"
        fields[step.field] = (kind, f"What holds of its {step.target} nodes." if step.is_many else "What holds of it.")
    _input(name, f"Which {model.name} nodes; all that is given must hold.", fields)
    _input(
        f"{model.name}RelationFilter",
        f"What holds of the {model.name} nodes it leads to; all that is given must hold.",
        {quantifier: (name, told) for quantifier, told in _QUANTIFIED.items()},
    )


def _order(model: Label) -> None:
    fields = {to_snake_case(each.name).upper(): each for each in orderable(model)}
    name = f"{model.name}OrderField"
    enum = Enum(name, {key: each.name for key, each in fields.items()}, module=__name__)  # type: ignore[misc]
    strawberry.enum(enum, description=f"What {model.name} nodes may be ordered by.")
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = fields[value.name].description
    globals()[name] = enum
    body = {
        "__module__": __name__,
        "__annotations__": {"field": name, "direction": "OrderDirection"},
        "field": strawberry.field(description="By what."),
        "direction": strawberry.field(default=OrderDirection.ASC, description="Which way; ASC unless told otherwise."),
    }
    cls = type(f"{model.name}Order", (), body)
    globals()[f"{model.name}Order"] = strawberry.input(cls, description=f"How to order {model.name} nodes.")


def _make() -> None:
    _comparisons()
    _enum_comparisons()
    for model in readable():
        _filter(model)
        _order(model)


_make()
