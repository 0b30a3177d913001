"""What a viewer may not see changes nothing of what the viewer is told: not in nodes, counts, filters, orders, cursors."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from obia.schema.access import Scope, Sight
from obia.schema.graph import Scalar, label
from obia.schema.graphql.schema import make_schema
from obia.server.graph.driver import Graph
from tests import questions, worlds
from tests.asking import CURSORS, Asker
from tests.evaluator import Evaluator
from tests.worlds import Edge, World

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

WORLD = worlds.world(3)
PUBLIC = Scope(Sight.PUBLIC, (), ("OBIA0002",))
SDL = make_schema().as_str()


def without_hidden(world: World, scope: Scope) -> World:
    """The world without what the scope hides; what sums up hidden things, or tells of hidden pixels, is something else."""
    judge = Evaluator(SDL, world, scope, CURSORS)
    kept = [place for place in range(len(world.nodes)) if judge.sees(place)]
    at = {place: new for new, place in enumerate(kept)}
    bare = World([deepcopy(world.nodes[place]) for place in kept])
    for place, node in zip(kept, bare.nodes, strict=True):
        for each in label(node.label).properties:
            if each.needs_pixels and not judge.sees_pixels(place):
                node.properties[each.name] = 4711 if each.scalar is Scalar.LONG else "hidden"
            if each.released:
                node.properties[each.name] = -7 if each.scalar is Scalar.INT else ["hidden"]
    bare.edges = [
        Edge(each.relationship, at[each.source], at[each.target], each.properties)
        for each in world.edges
        if each.source in at and each.target in at and judge.links(each)
    ]
    return bare


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would write the worlds for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=st.lists(questions.questions(), min_size=5, max_size=8))
async def test_hidden_things_change_no_public_answer(graph: Graph, asked: list[tuple[str, dict[str, Any]]]) -> None:
    asker = Asker(graph)
    answers = []

    for world in (WORLD, without_hidden(WORLD, PUBLIC)):
        await graph.run("MATCH (n) WHERE NOT n:Meta DETACH DELETE n")
        await worlds.write(graph, world)
        answers.append([await asker.data(document, variables, PUBLIC) for document, variables in asked])

    assert answers[0] == answers[1]


HIDDEN = [place for place in range(len(WORLD.nodes)) if not Evaluator(SDL, WORLD, PUBLIC, CURSORS).sees(place)]


async def test_no_public_lookup_finds_a_hidden_node(graph: Graph) -> None:
    await worlds.write(graph, WORLD)
    asker = Asker(graph)
    ids = [worlds.id_of(WORLD.nodes[place]) for place in HIDDEN]

    data = await asker.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}, PUBLIC)

    assert len(ids) > 10
    assert data["nodes"] == [None] * len(ids)
