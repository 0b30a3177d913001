"""What a filter may visit: estimated from the number of nodes and relationships, refused before it runs."""

import asyncio
from typing import Any

import pytest

from obia.schema.access import ANONYMOUS, Role, Viewer
from obia.schema.errors import Code, Unavailable
from obia.schema.graphql.context import Context
from obia.schema.graphql.ids import encode
from obia.schema.graphql.schema import make_schema
from obia.server.plan.census import Counts
from obia.server.plan.execute import execute
from obia.server.plan.reader import ANONYMOUS_READS, CLIENT_READS, GraphReader
from obia.server.plan.walks import MAX_WALKED
from obia.server.settings import Settings
from tests.asking import Asker, Recorder, census_of, mac
from tests.server.plan.test_statement_texts import Nothing

pytestmark = [pytest.mark.anyio]
PAGE = "query($f: SeriesFilter) { series(filter: $f) { totalCount } }"
LARGE = census_of(
    {"Series": 1_000_000, "Study": 10_000, "Individual": 5_000, "Collection": 2, "Image": 50_000_000},
    {"HAS_SERIES": 1_000_000, "HAS_STUDY": 10_000, "HAS_INDIVIDUAL": 5_000, "HAS_IMAGE": 50_000_000},
)


async def refusal(filter: dict[str, Any], census: list[list[Any]] = LARGE) -> str:
    """The message with which a filter is refused, empty where it is not."""
    asker = Asker(Nothing())
    asker.graph.census = census
    answer = await asker.ask(PAGE, {"f": filter})
    errors = [each["message"] for each in answer.get("errors", ()) if each["extensions"]["code"] == "QUERY_TOO_COMPLEX"]
    return errors[0] if errors else ""


def back_and_forth(times: int) -> dict[str, Any]:
    """From a series to its study and to a series of that, again and again."""
    inner: dict[str, Any] = {"modality": {"eq": "none"}}
    for _ in range(times):
        inner = {"study": {"series": {"some": inner}}}
    return inner


async def test_a_filter_that_goes_back_and_forth_is_refused() -> None:
    assert "comes to Series 3 times" in await refusal(back_and_forth(2), census_of({}, {}))


async def test_a_filter_that_visits_too_many_nodes_is_refused_with_the_estimate() -> None:
    message = await refusal(back_and_forth(1))

    assert "about 101,000,000 nodes" in message
    assert f"{MAX_WALKED:,}" in message


async def test_one_way_back_is_answered_where_it_visits_few() -> None:
    assert not await refusal(back_and_forth(1), census_of({"Series": 20_000, "Study": 200}, {"HAS_SERIES": 20_000}))


@pytest.mark.parametrize(
    "filter",
    [
        {"study": {"individual": {"sex": {"eq": "FEMALE"}}}},
        {"study": {"individual": {"collection": {"accession": {"eq": "OBIA0001"}}}}},
        {"study": {"individual": {"diagnoses": {"some": {"value": {"eq": "endometrial cancer"}}}}}},
        {"modality": {"eq": "CT"}},
    ],
)
async def test_the_natural_filters_of_a_large_archive_are_answered(filter: dict[str, Any]) -> None:
    assert not await refusal(filter)


async def test_filters_of_nested_lists_count_once_a_row() -> None:
    document = (
        """query($f: SeriesFilter) { studies(first: 100) { nodes { series(first: 1, filter: $f) { totalCount } } } }"""
    )
    asker = Asker(Nothing())
    asker.graph.census = census_of(
        {"Series": 10**7, "Study": 100, "Image": 10**9}, {"HAS_SERIES": 10**7, "HAS_IMAGE": 10**9}
    )

    answer = await asker.ask(document, {"f": {"images": {"some": {"number": {"gt": 1}}}}})

    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_filters_below_nodes_by_id_count_once_an_id() -> None:
    document = """query($ids: [ID!]!, $f: SeriesFilter) {
      nodes(ids: $ids) { ... on Study { series(filter: $f) { totalCount } } }
    }"""
    asker = Asker(Nothing())
    asker.graph.census = census_of(
        {"Series": 10**7, "Study": 100, "Image": 10**9}, {"HAS_SERIES": 10**7, "HAS_IMAGE": 10**9}
    )
    ids = [encode("Study", str(number)) for number in range(100)]

    answer = await asker.ask(document, {"ids": ids, "f": {"images": {"some": {"number": {"gt": 1}}}}})

    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


class Failing:
    """A graph that answers from the second time on, and says how often it was asked at once."""

    def __init__(self) -> None:
        self.asked = self.at_once = self.most = 0

    async def read(self, text: str, parameters: Any = None, seconds: float | None = None) -> list[list[Any]]:
        """Fail once; then answer with a census."""
        self.asked, self.at_once = self.asked + 1, self.at_once + 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.asked == 1:
            raise Unavailable("down", Code.GRAPH_UNAVAILABLE)
        return census_of({"Series": 7}, {})


async def test_a_census_that_failed_is_taken_again_and_who_comes_meanwhile_waits_for_it() -> None:
    graph = Failing()
    counts = Counts(graph)
    with pytest.raises(Unavailable):
        await counts.current()

    found = await asyncio.gather(*(counts.current() for _ in range(5)))

    assert {each.nodes["Series"] for each in found} == {7}
    assert (graph.asked, graph.most) == (2, 1)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("query($x: String) { series(filter: {modality: {eq: $x}}) { totalCount } }", "modality"),
        ("query($x: [String!]) { series(filter: {modality: {in: $x}}) { totalCount } }", "modality"),
        ("{ series(filter: {modality: {}}) { totalCount } }", "modality"),
        ("{ series(filter: {study: {date: {}}}) { totalCount } }", "date"),
        ("{ series(filter: {OR: [{number: {}}]}) { totalCount } }", "number"),
        ("{ series(filter: {NOT: {number: {}}}) { totalCount } }", "number"),
        ("query($x: ImageFilter) { series(filter: {images: {some: $x}}) { totalCount } }", "images"),
        ("{ series(filter: {images: {}}) { totalCount } }", "images"),
        ("{ studies { nodes { series(filter: {number: {}}) { totalCount } } } }", "number"),
    ],
)
async def test_an_empty_comparison_is_bad_input(document: str, name: str) -> None:
    answer = await Asker(Nothing()).ask(document)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"].startswith(f"{name}: ")
    assert f"leave {name} out" in error["message"]


@pytest.mark.parametrize(
    "document",
    [
        "query($x: StringFilter) { series(filter: {modality: $x}) { totalCount } }",
        "{ series(filter: {study: {}}) { totalCount } }",
        "{ series(filter: {images: {some: {}}}) { totalCount } }",
        "{ series(filter: {}) { totalCount } }",
    ],
)
async def test_what_is_left_out_whole_asks_for_everything(document: str) -> None:
    answer = await Asker(Nothing()).ask(document)

    assert "BAD_INPUT" not in [each["extensions"]["code"] for each in answer.get("errors", ())]


def test_one_client_has_a_quarter_of_the_anonymous_turns() -> None:
    assert CLIENT_READS * 4 <= ANONYMOUS_READS


async def test_a_statement_of_a_viewer_without_a_token_has_a_limit_of_its_own() -> None:
    graph = Recorder(Nothing())
    reader = GraphReader(graph, mac, anonymous_seconds=Settings.load({"OBIA_ANONYMOUS_SECONDS": "2"}).anonymous_seconds)
    for viewer in (ANONYMOUS, Viewer("r", Role.RESEARCHER)):
        await execute(make_schema(), "{ collections { totalCount } }", None, Context(reader, None, viewer))

    assert graph.seconds == [2.0, None]
