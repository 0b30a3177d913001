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


@pytest.fixture
async def asker(graph: Graph) -> Asker:
    """A graph that holds the world."""
    await worlds.write(graph, WORLD)
    return Asker(graph)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions.questions(), scope=st.sampled_from(SCOPES), draw=st.data())
async def test_the_planner_agrees_with_the_evaluator(
    asker: Asker, question: tuple[str, dict[str, Any]], scope: Scope, draw: st.DataObject
) -> None:
    document, variables = question
    judge = Evaluator(SDL, WORLD, scope, CURSORS)

    found = await asker.data(document, variables, scope)

    assert found == judge.ask(document, variables).data
    cursors = [each["cursor"] for each in next(iter(found.values()))["edges"]]
    if cursors:
        within = variables | draw.draw(_between(cursors), "between")
        assert await asker.data(document, within, scope) == judge.ask(document, within).data


def _between(cursors: list[str]) -> st.SearchStrategy[dict[str, str]]:
    """After a cursor, before one, or both."""
    one = st.sampled_from(cursors)
    return st.dictionaries(st.sampled_from(["after", "before"]), one, min_size=1)
