"""`@modelled`: a GraphQL type whose descriptions and arguments are those of the graph model's label of its name."""

import inspect
from collections.abc import Iterator
from typing import Any, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from obia.schema.graph import Label, Step, label, steps

T = TypeVar("T")

PAGE = 20  # nodes where the client names no number
MAX_PAGE = 100  # nodes; more is BAD_INPUT

_DESCRIPTIONS = {
    "first": f"How many from the front, {PAGE} unless told otherwise, at most {MAX_PAGE}.",
    "after": "Only what comes after this cursor.",
    "last": f"How many from the back, at most {MAX_PAGE}; not together with `first`.",
    "before": "Only what comes before this cursor.",
    "filter": "Only what this holds true of.",
    "orderBy": "By what, most significant first; the natural key decides between equals.",
}
_BACKWARD = {
    "ANNOTATES": "The annotations that speak of it.",
    "DESCRIBED_BY": "The collections it describes.",
    "SAME_AS": "The same individual in our collections, as asserted.",
}


def modelled(cls: type[T]) -> type[T]:
    """Make a Strawberry type of a class whose annotations name properties and steps of the label of its name."""
    model = label(cls.__name__)
    for name in inspect.get_annotations(cls):
        setattr(cls, name, _field(model, to_camel_case(name)))
    cls.is_type_of = classmethod(lambda *_: True)  # type: ignore[attr-defined]  # rows are told apart by their plan
    return strawberry.type(cls, description=model.description)


def connection_field(target: str, description: str) -> Any:
    """A field that leads to a page of a label's nodes."""
    field = strawberry.field(description=description)
    field.arguments = list(page_arguments(target))
    return field


def page_arguments(target: str) -> Iterator[StrawberryArgument]:
    """The arguments of every connection of a label."""
    kinds = {
        "first": "int | None",
        "after": "str | None",
        "last": "int | None",
        "before": "str | None",
        "filter": f"inputs.{target}Filter | None",
        "order_by": f"list[inputs.{target}Order] | None",
    }
    for name, kind in kinds.items():
        yield StrawberryArgument(
            python_name=name,
            graphql_name=None,
            type_annotation=StrawberryAnnotation(kind, namespace=_namespace()),
            description=_DESCRIPTIONS[to_camel_case(name)],
        )


def _field(model: Label, name: str) -> StrawberryField:
    found = next((each for each in steps(model.name) if each.field == name), None)
    if found is None:
        return strawberry.field(description=model.property(name).description)  # type: ignore[no-any-return]
    if found.is_many:
        return connection_field(found.target, _told(found))  # type: ignore[no-any-return]
    return strawberry.field(description=_told(found))  # type: ignore[no-any-return]


def _told(step: Step) -> str:
    if step.is_forward:
        return step.relationship.description
    return _BACKWARD.get(step.relationship.type) or f"The {_plain(step.field)} it belongs to."


def _plain(field: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in field)
    return words.replace("gsa ", "GSA-Human ").replace("bio project", "BioProject")


def _namespace() -> dict[str, Any]:
    from obia.schema.graphql import inputs

    return {"inputs": inputs}
