"""Rows: what a plan's answer looks like to the resolvers, without a copy being made."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from graphql import GraphQLResolveInfo

_LONG = 50  # objects of a list
_PACE = 10  # objects that are answered without a chance for other requests

Getter = Callable[[Any], object]
ResolveInfo = GraphQLResolveInfo[Any]


class Shape:
    """How to read the objects of one place in an answer.

    `getters` maps a response key to how its answer is read from the values; `names` maps what a plugin's
    extension fetched, so that its resolvers find it as an attribute.
    """

    __slots__ = ("getters", "names", "type_name")

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name
        self.getters: dict[str, Getter] = {}
        self.names: dict[str, Getter] = {}

    def row(self, values: Any) -> "Row":
        """One object."""
        return Row(self, values)

    def rows(self, many: Any) -> "list[Row]":
        """Many objects."""
        return [Row(self, values) for values in many]

    def first(self, many: Any) -> "Row | None":
        """The only object, if there is one."""
        return Row(self, many[0]) if many else None


class Row:
    """One object of an answer: its values by position, and the shape that knows what they are."""

    __slots__ = ("shape", "values")

    def __init__(self, shape: Shape, values: Any) -> None:
        self.shape = shape
        self.values = values

    @property
    def type_name(self) -> str:
        """The GraphQL type."""
        return self.shape.type_name

    def __getattr__(self, name: str) -> object:
        try:
            getter = self.shape.names[name]
        except KeyError:
            raise AttributeError(f"{self.type_name}.{name} was not fetched; name it in Extension.cypher") from None
        return getter(self.values)


def walk(row: Row, info: ResolveInfo, **_: object) -> object:
    """Resolve one planned field: arguments and aliases were dealt with when the plan was made."""
    found = row.shape.getters[info.path.key](row.values)  # type: ignore[index]
    return _paced(found) if isinstance(found, list) and len(found) >= _LONG else found


async def _paced(rows: list[object]) -> AsyncIterator[object]:
    """The rows of a long list, with a chance for other requests in between."""
    for number, row in enumerate(rows):
        if number % _PACE == 0:
            await asyncio.sleep(0)
        yield row
