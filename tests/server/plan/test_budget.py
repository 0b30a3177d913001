"""What one request may make Neo4j plan, and how many statements of anonymous viewers are under way at once."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from obia.schema.access import ANONYMOUS, Role, Viewer
from obia.schema.graphql.context import Context
from obia.schema.graphql.schema import make_schema
from obia.server.graph.driver import Graph
from obia.server.plan.budget import MAX_COMPARISONS, MAX_STEPS
from obia.server.plan.execute import execute
from obia.server.plan.reader import ANONYMOUS_READS, CLIENT_READS, GraphReader
from tests.asking import Asker, mac
from tests.server.plan.test_statement_texts import Nothing

pytestmark = [pytest.mark.anyio]
DOCUMENT = "query($f: SeriesFilter) { series(filter: $f) { totalCount } }"
PAGE = "query($f: SeriesFilter) { series(filter: $f) { totalCount nodes { uid } } }"


def joined(number: int) -> dict[str, Any]:
    """Two subqueries that must both hold."""
    far = {"individual": {"studies": {"all": {"series": {"some": {"modality": {"eq": str(number)}}}}}}}
    return {"images": {"none": {"number": {"gt": number}, "frames": {"lt": number}}}, "study": far}


def nested(number: int) -> dict[str, Any]:
    """Subqueries within subqueries."""
    return {"images": {"all": {"annotations": {"all": {"images": {"all": {"number": {"gt": number}}}}}}}}


def compared(number: int) -> dict[str, Any]:
    """Two comparisons that must both hold."""
    return {"modality": {"eq": str(number)}, "number": {"gt": number}}


class Zero:
    """A graph that counts nothing."""

    async def read(self, text: str, parameters: Any = None, seconds: float | None = None) -> list[list[Any]]:
        """Answer with a count."""
        return [[[0]]]


async def refusals(document: str, variables: dict[str, Any] | None = None) -> list[str]:
    """The messages of what is too complex in an answer."""
    answer = await Asker(Zero()).ask(document, variables)
    errors = answer.get("errors", ())
    return [each["message"] for each in errors if each["extensions"]["code"] == "QUERY_TOO_COMPLEX"]


async def test_a_filter_of_many_steps_is_refused_with_the_limit_and_what_was_asked() -> None:
    [message] = await refusals(DOCUMENT, {"f": {"OR": [joined(each) for each in range(16)]}})

    asked = int(re.findall(r"\d+", message)[0])
    assert asked > MAX_STEPS
    assert f"the limit is {MAX_STEPS} " in message


@pytest.mark.parametrize(
    ("clause", "limit"),
    [
        (joined, MAX_STEPS),
        (compared, MAX_COMPARISONS),
    ],
    ids=("steps", "comparisons"),
)
async def test_costs_are_counted_over_all_root_fields(clause: Callable[[int], dict[str, Any]], limit: int) -> None:
    number = limit // (20 if limit == MAX_STEPS else 4)
    given = {f"f{place}": {"OR": [clause(each) for each in range(number + place)]} for place in range(3)}
    declared = ", ".join(f"${name}: SeriesFilter" for name in given)
    fields = [f"a{name}: series(filter: ${name}) {{ totalCount }}" for name in given]

    few = await refusals(f"query({declared}) {{ {fields[0]} }}", given)
    many = await refusals(f"query({declared}) {{ {' '.join(fields)} }}", given)

    assert few == []
    assert f"the limit is {limit} " in many[0]


async def test_a_statement_that_is_sent_again_costs_nothing_more() -> None:
    fields = " ".join(f"a{each}: series(filter: $f) {{ totalCount }}" for each in range(15))

    assert await refusals(f"query($f: SeriesFilter) {{ {fields} }}", {"f": {"OR": [joined(1), joined(2)]}}) == []


@pytest.mark.neo4j
@pytest.mark.parametrize("document", (DOCUMENT, PAGE), ids=("total", "total and page"))
@pytest.mark.parametrize("clause", (joined, nested, compared))
@pytest.mark.parametrize("is_under_not", (False, True), ids=("or", "not and"))
async def test_the_most_that_is_allowed_is_planned_soon(
    graph: Graph, document: str, clause: Callable[[int], dict[str, Any]], is_under_not: bool
) -> None:
    for count in (*range(1, 8), 75, 70, 60, 50, 40, 35, 30, 20, 15, 12, 10, 8):
        clauses = [clause(each) for each in range(count)]
        given = {"NOT": {"AND": [{"NOT": each} for each in clauses]}} if is_under_not else {"OR": clauses}
        asker = Asker(Nothing())
        await asker.ask(document, {"f": given})
        for text, parameters in asker.graph.sent:
            begun = time.monotonic()
            await graph.read(f"EXPLAIN {text}", parameters)

            # s; below 1 once the server is warm, and 10 where an OR of four ANDs is taken apart
            assert count < 3 or time.monotonic() - begun < 4, count
        if count > 7 and asker.graph.sent:
            break


class Waiting:
    """A graph that answers once it is let."""

    def __init__(self) -> None:
        self.waiting = 0
        self.answers = asyncio.Event()

    async def read(self, text: str, parameters: Any = None, seconds: float | None = None) -> list[list[Any]]:
        """Wait."""
        self.waiting += 1
        await self.answers.wait()
        return [[[0]]]


async def test_anonymous_viewers_share_turns_and_keep_nobody_else_away() -> None:
    graph, schema = Waiting(), make_schema()
    reader = GraphReader(graph, mac)

    def ask(viewer: Viewer, client: str) -> asyncio.Task[dict[str, Any]]:
        asked = execute(schema, "{ collections { totalCount } }", None, Context(reader, None, viewer, client=client))
        return asyncio.create_task(asked)

    async def under_way() -> int:
        await asyncio.sleep(0.2)
        return graph.waiting

    tasks = [ask(ANONYMOUS, "192.0.2.1") for _ in range(3 * ANONYMOUS_READS)]
    one = await under_way()
    tasks += [ask(ANONYMOUS, f"2001:db8::{number}") for number in range(2 * ANONYMOUS_READS)]
    two = await under_way()
    tasks.append(ask(ANONYMOUS, "192.0.2.3"))
    three = await under_way()
    tasks += [ask(Viewer("r", Role.RESEARCHER), "192.0.2.1") for _ in range(3)]
    everybody = await under_way()
    graph.answers.set()
    answers = await asyncio.gather(*tasks)

    assert (one, two, three) == (CLIENT_READS, 2 * CLIENT_READS, 2 * CLIENT_READS + 1)
    assert everybody == three + 3
    assert [each["data"] for each in answers] == [{"collections": {"totalCount": 0}}] * len(tasks)
