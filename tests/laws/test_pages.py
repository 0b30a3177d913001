"""Pages one after another are the whole list, in every order of every connection, while things are added."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from strawberry.utils.str_converters import to_snake_case

from obia.schema.access import EVERYTHING, Scope
from obia.schema.graph import Label, Step, label, readable, steps
from obia.schema.graphql.inputs import orderable
from obia.schema.graphql.schema import make_schema
from obia.server.graph.driver import Graph
from tests import questions, worlds
from tests.asking import CURSORS, Asker
from tests.evaluator import Evaluator
from tests.worlds import Edge, Node, World

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

CHILDREN = 8
PAGE = 3
SDL = make_schema().as_str()


@dataclass(frozen=True, slots=True)
class Place:
    """A connection: at the root, or below a node of some label."""

    model: Label
    field: str
    step: Step | None = None

    def __str__(self) -> str:
        return f"{self.step.source if self.step else 'Query'}.{self.field}"

    def document(self, *, is_backward: bool) -> str:
        """Asks a page of it."""
        size, end = ("last", "before") if is_backward else ("first", "after")
        info = "more: hasPreviousPage cursor: startCursor" if is_backward else "more: hasNextPage cursor: endCursor"
        page = f"""{self.field}({size}: $size, {end}: $end, filter: $filter, orderBy: $orderBy)
                   {{ nodes {{ id }} pageInfo {{ {info} }} }}"""
        within = f"node(id: $id) {{ ... on {self.step.source} {{ {page} }} }}" if self.step else page
        needs = "$id: ID!, " if self.step else ""
        return f"""query({needs}$size: Int, $end: String, $filter: {self.model.name}Filter,
                         $orderBy: [{self.model.name}Order!]) {{ {within} }}"""

    def page(self, data: Any) -> Any:
        """The page in an answer."""
        return data["node"][self.field] if self.step else data[self.field]


PLACES = [Place(label(name), root) for root, name in questions.ROOTS.items()] + [
    Place(label(step.target), step.field, step) for model in readable() for step in steps(model.name) if step.is_many
]
FILTER = {"NOT": {"state": {"eq": "QUARANTINED"}}}
CASES = [(place, EVERYTHING) for place in PLACES] + [(place, Scope()) for place in PLACES if place.step is None]


@pytest.mark.parametrize(("place", "scope"), CASES, ids=lambda each: getattr(each, "sight", None) or str(each))
async def test_pages_are_the_whole_list_while_things_are_added(graph: Graph, place: Place, scope: Scope) -> None:
    draw = random.Random(str(place))
    world = _star(place, draw)
    await worlds.write(graph, world)
    walker = Walker(Asker(graph), graph, world, place, scope, draw)
    for order in _orders(place.model):
        whole = walker.whole(order)

        for is_backward in (False, True):
            found = await walker.walk(order, is_backward=is_backward)

            assert [each for each in found if each in set(whole)] == whole
            assert len(found) == len(set(found))


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks a connection page by page."""

    asker: Asker
    graph: Graph
    world: World
    place: Place
    scope: Scope
    draw: random.Random
    numbers: Iterator[int] = field(default_factory=lambda: count(1000))

    def whole(self, order: Any) -> list[str]:
        """The ids of the whole list, in order, as the evaluator has it."""
        judge = Evaluator(SDL, self.world, self.scope, CURSORS)
        answer = judge.ask(self.place.document(is_backward=False), self._variables(order, 100, None))
        assert answer.errors is None
        return [each["id"] for each in self.place.page(answer.data)["nodes"]]

    async def walk(self, order: Any, *, is_backward: bool) -> list[str]:
        """The ids of every page, from the front to the back; after the first pages something is added."""
        document, pages, more, cursor = self.place.document(is_backward=is_backward), list[list[str]](), True, None
        while more:
            data = await self.asker.data(document, self._variables(order, PAGE, cursor), self.scope)
            page = self.place.page(data)
            pages.append([each["id"] for each in page["nodes"]])
            more, cursor = page["pageInfo"]["more"], page["pageInfo"]["cursor"]
            if len(pages) < 3:
                await self._add()
        await self.graph.run("MATCH (n:Added) DETACH DELETE n")
        return [id for page in (reversed(pages) if is_backward else pages) for id in page]

    async def _add(self) -> None:
        """Add a node to the graph, and not to the world."""
        place, old = self.place, self.world.nodes[0]
        added = World(nodes=[old] if place.step else [])
        edge = _join(added, place, worlds.node(place.model, next(self.numbers), self.draw), self.draw)
        text = f"CREATE (new:{place.model.name}:Added) SET new = $properties"
        if place.step and edge:
            source, kind = label(place.step.source), place.step.relationship.type
            arrow = f"(old)-[r:{kind}]->(new)" if place.step.is_forward else f"(new)-[r:{kind}]->(old)"
            text = f"MATCH (old:{source.name} {{{source.key}: $key}}) {text} CREATE {arrow} SET r = $link"
        parameters = {"properties": added.nodes[-1].properties, "key": old.key, "link": edge and edge.properties}
        await self.graph.run(text, parameters)

    def _variables(self, order: Any, size: int, cursor: str | None) -> dict[str, Any]:
        shared = {"orderBy": order, "filter": FILTER, "size": size, "end": cursor}
        return shared | ({"id": worlds.id_of(self.world.nodes[0])} if self.place.step else {})


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


def _orders(model: Label) -> Iterator[list[dict[str, str]]]:
    """Every property both ways, the default, and two at once in opposite directions."""
    names = [to_snake_case(each.name).upper() for each in orderable(model)]
    yield []
    for name in names:
        for direction in ("ASC", "DESC"):
            yield [{"field": name, "direction": direction}]
    yield [{"field": names[-1], "direction": "DESC"}, {"field": names[0], "direction": "ASC"}]
