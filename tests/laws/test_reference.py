"""The planner agrees with a plain-Python evaluation of the same question about the same world, for every scope."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obia.schema.access import EVERYTHING, Scope, Sight
from obia.schema.graphql.schema import make_schema
from obia.server.graph.driver import Graph
from tests import questions, worlds
from tests.asking import CURSORS, Asker
from tests.evaluator import Evaluator

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SDL = make_schema().as_str()
WORLD = worlds.world(1)
SCOPES = [
    Scope(),
    Scope(Sight.PUBLIC, (), ("OBIA0002", "OBIA0003")),
    Scope(Sight.OWN, ("OBIA0001", "OBIA0003"), ("OBIA0002",)),
    EVERYTHING,
]
BETWEEN = st.dictionaries(st.sampled_from(["after", "before"]), st.integers(0, 99), min_size=1)


@pytest.fixture
async def asker(graph: Graph) -> Asker:
    """A graph that holds the world."""
    await worlds.write(graph, WORLD)
    return Asker(graph)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions.questions(), scope=st.sampled_from(SCOPES), between=BETWEEN)
async def test_the_planner_agrees_with_the_evaluator(
    asker: Asker, question: tuple[str, dict[str, Any]], scope: Scope, between: dict[str, int]
) -> None:
    document, variables = question
    judge = Evaluator(SDL, WORLD, scope, CURSORS)

    found = await asker.data(document, variables, scope)

    assert found == judge.ask(document, variables).data
    cursors = [each["cursor"] for each in next(iter(found.values()))["edges"]]
    if cursors:
        within = variables | {end: cursors[number % len(cursors)] for end, number in between.items()}
        assert await asker.data(document, within, scope) == judge.ask(document, within).data
