"""Pages one after another are the whole list, in every order of every connection, while things are added."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from strawberry.utils.str_converters import to_snake_case

from obia.schema.access import EVERYTHING
from obia.schema.graph import Label, Step, label, readable, steps
from obia.schema.graphql.inputs import orderable
from obia.server.graph.driver import Graph
from tests import questions, worlds
from tests.asking import CURSORS, Asker
from tests.evaluator import Evaluator
from tests.worlds import Edge, Node, World

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

CHILDREN = 8
PAGE = 3
_new = count(1000)


@dataclass(frozen=True, slots=True)
class Place:
    """A connection: at the root, or below a node of some label."""

    model: Label
    field: str
    step: Step | None = None

    def __str__(self) -> str:
        return f"{self.step.source if self.step else 'Query'}.{self.field}"

    def document(self) -> str:
        """Asks a page of it."""
        page = f"""{self.field}(first: $first, last: $last, after: $after, before: $before, filter: $filter,
                                orderBy: $orderBy)
                   {{ nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"""
        within = f"node(id: $id) {{ ... on {self.step.source} {{ {page} }} }}" if self.step else page
        needs = "$id: ID!, " if self.step else ""
        return f"""query({needs}$first: Int, $last: Int, $after: String, $before: String,
                         $filter: {self.model.name}Filter, $orderBy: [{self.model.name}Order!]) {{ {within} }}"""

    def page(self, data: Any) -> Any:
        """The page in an answer."""
        return data["node"][self.field] if self.step else data[self.field]


PLACES = [Place(label(name), root) for root, name in questions.ROOTS.items()] + [
    Place(label(step.target), step.field, step) for model in readable() for step in steps(model.name) if step.is_many
]
FILTER = {"NOT": {"state": {"eq": "QUARANTINED"}}}


@pytest.mark.parametrize("place", PLACES, ids=str)
async def test_pages_are_the_whole_list_while_things_are_added(graph: Graph, place: Place) -> None:
    draw = random.Random(str(place))
    world = _star(place, draw)
    await worlds.write(graph, world)
    asker = Asker(graph)
    for order in _orders(place.model):
        variables = {"orderBy": order, "filter": FILTER} | ({"id": worlds.id_of(world.nodes[0])} if place.step else {})
        whole = _whole(asker, world, place, variables)

        for is_backward in (False, True):
            found = [each async for each in _walk(asker, graph, world, place, variables, draw, is_backward=is_backward)]
            kept = [each for each in found if each in set(whole)]

            assert kept == whole
            assert len(found) == len(set(found))
            await _remove_added(graph)


async def _walk(
    asker: Asker, graph: Graph, world: World, place: Place, variables: Any, draw: random.Random, *, is_backward: bool
) -> Any:
    """The ids of every page, from the front to the back; after each page something is added."""
    size, end = ("last", "before") if is_backward else ("first", "after")
    more, cursor = ("hasPreviousPage", "startCursor") if is_backward else ("hasNextPage", "endCursor")
    pages: list[list[str]] = []
    at: dict[str, Any] = {}
    while True:
        page = place.page(await asker.data(place.document(), {**variables, size: PAGE, **at}, EVERYTHING))
        pages.append([each["id"] for each in page["nodes"]])
        if not page["pageInfo"][more]:
            break
        at = {end: page["pageInfo"][cursor]}
        if len(pages) < 3:
            await _add(graph, world, place, draw)
    for each in reversed(pages) if is_backward else pages:
        for id in each:
            yield id


def _whole(asker: Asker, world: World, place: Place, variables: Any) -> list[str]:
    answer = Evaluator(asker.schema.as_str(), world, EVERYTHING, CURSORS).ask(
        place.document(), {**variables, "first": 100}
    )
    assert answer.errors is None
    return [each["id"] for each in place.page(answer.data)["nodes"]]


def _star(place: Place, draw: random.Random) -> World:
    """A node and what it leads to; at the root the node stands alone among others."""
    world = World()
    if place.step:
        world.nodes.append(worlds.node(label(place.step.source), 0, draw))
    for number in range(CHILDREN):
        _join(world, place, worlds.node(place.model, number + 1, draw), draw)
    return world


def _join(world: World, place: Place, node: Node, draw: random.Random) -> Edge | None:
    world.nodes.append(node)
    if place.step is None:
        return None
    ends = (0, len(world.nodes) - 1)
    near, far = ends if place.step.is_forward else ends[::-1]
    edge = Edge(place.step.relationship, near, far, dict(worlds.link(place.step.relationship, draw)))
    world.edges.append(edge)
    return edge


async def _add(graph: Graph, world: World, place: Place, draw: random.Random) -> None:
    """Add a node to the graph, and not to the world."""
    added = World(nodes=world.nodes[:1] if place.step else [])
    node = worlds.node(place.model, next(_new), draw)
    edge = _join(added, place, node, draw)
    text = f"CREATE (new:{place.model.name}:Added) SET new = $properties"
    if place.step and edge:
        source, kind = label(place.step.source), place.step.relationship.type
        arrow = f"(old)-[r:{kind}]->(new)" if place.step.is_forward else f"(new)-[r:{kind}]->(old)"
        text = f"MATCH (old:{source.name} {{{source.key}: $key}}) {text} CREATE {arrow} SET r = $link"
    parameters = {
        "properties": node.properties,
        "key": world.nodes[0].key,
        "link": edge.properties if edge else None,
    }
    await graph.run(text, parameters)


async def _remove_added(graph: Graph) -> None:
    await graph.run("MATCH (n:Added) DETACH DELETE n")


def _orders(model: Label) -> Iterator[list[dict[str, str]]]:
    """Every property both ways, the default, and two at once in opposite directions."""
    names = [to_snake_case(each.name).upper() for each in orderable(model)]
    yield []
    for name in names:
        for direction in ("ASC", "DESC"):
            yield [{"field": name, "direction": direction}]
    yield [{"field": names[-1], "direction": "DESC"}, {"field": names[0], "direction": "ASC"}]
