"""Connections: pages of a list, with cursors that stay true while things are added."""

from typing import Generic, TypeVar

import strawberry

from obia.schema.graph import RELATIONSHIPS, Property
from obia.schema.graphql.enums import LinkStatus, State
from obia.schema.graphql.scalars import DateTime

T = TypeVar("T")


def _of_link(name: str) -> str:
    """The description of a property that every asserted link has."""
    links = next(each for each in RELATIONSHIPS if each.type == "SAME_AS")
    found: Property = next(each for each in links.properties if each.name == name)
    return found.description


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first node of the page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last node of the page.")


@strawberry.type(description="A node in its place in a list.")
class Edge(Generic[T]):
    """A node in its place in a list."""

    node: T = strawberry.field(description="The node.")
    cursor: str = strawberry.field(description="Its place: opaque, for `after` and `before`.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The nodes, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The nodes alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    total_count: int = strawberry.field(description="How many there are in all that the filter holds true of: exact.")


@strawberry.type(description="A node that an asserted link leads to: who says so, how, when, how sure.")
class LinkEdge(Generic[T]):
    """A node that an asserted link leads to."""

    node: T = strawberry.field(description="The node.")
    cursor: str = strawberry.field(description="Its place: opaque, for `after` and `before`.")
    evidence: str | None = strawberry.field(description=_of_link("evidence"))
    method: str | None = strawberry.field(description=_of_link("method"))
    confidence: float | None = strawberry.field(description=_of_link("confidence"))
    asserted_by: str | None = strawberry.field(description=_of_link("assertedBy"))
    asserted_at: DateTime | None = strawberry.field(description=_of_link("assertedAt"))
    status: LinkStatus | None = strawberry.field(description=_of_link("status"))
    state: State | None = strawberry.field(description=_of_link("state"))


@strawberry.type(description="One page of a list of asserted links.")
class LinkConnection(Generic[T]):
    """One page of a list of asserted links."""

    edges: list[LinkEdge[T]] = strawberry.field(description="The links, each with what it rests on.")
    nodes: list[T] = strawberry.field(description="The nodes alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    total_count: int = strawberry.field(description="How many there are in all that the filter holds true of: exact.")
