"""Every operator on a value that equals, one that differs, and one that is absent; and its NOT."""

from typing import Any

import pytest

from obia.schema.access import EVERYTHING
from obia.server.graph.driver import Graph
from tests.asking import Asker

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

ALL = {1, 2, 3}
# filter of Series: the numbers of those it holds true of, out of 1 (CT), 2 (MR), 3 (no modality)
CASES: list[tuple[dict[str, Any], set[int]]] = [
    ({"modality": {"eq": "CT"}}, {1}),
    ({"modality": {"ne": "CT"}}, {2}),
    ({"modality": {"in": ["CT", "MR"]}}, {1, 2}),
    ({"modality": {"in": []}}, set()),
    ({"modality": {"notIn": ["CT"]}}, {2}),
    ({"modality": {"notIn": []}}, {1, 2}),
    ({"modality": {"contains": "T"}}, {1}),
    ({"modality": {"startsWith": "M"}}, {2}),
    ({"modality": {"isNull": True}}, {3}),
    ({"modality": {"isNull": False}}, {1, 2}),
    ({"modality": {"eq": "ct"}}, set()),
    ({"number": {"gt": 1}}, {2, 3}),
    ({"number": {"gte": 2, "lt": 3}}, {2}),
    ({"number": {"lte": 1}}, {1}),
    ({"sliceThickness": {"eq": 1}}, {1}),
    ({"date": {"lt": "2020-01-02"}}, {1}),
    ({"state": {"eq": "RELEASED"}}, {1}),
    ({"state": {"in": ["ACCEPTED", "RELEASED"]}}, {1, 2, 3}),
    ({"AND": []}, {1, 2, 3}),
    ({"OR": []}, set()),
    ({}, {1, 2, 3}),
    ({"OR": [{"modality": {"eq": "CT"}}, {"number": {"eq": 3}}]}, {1, 3}),
    ({"modality": {"eq": "CT"}, "number": {"eq": 2}}, set()),
    ({"images": {"some": {}}}, {1, 2}),
    ({"images": {"none": {}}}, {3}),
    ({"images": {"all": {"frames": {"eq": 1}}}}, {1, 3}),
    ({"images": {"some": {"frames": {"eq": 1}}}}, {1}),
    ({"images": {"none": {"frames": {"eq": 1}}}}, {2, 3}),
    ({"study": {"accession": {"eq": "S000001"}}}, {1, 2, 3}),
    ({"study": {"date": {"gt": "2000-01-01"}}}, set()),
    ({"study": {"modalities": {"has": "CT"}}}, {1, 2, 3}),
    ({"study": {"modalities": {"hasAny": ["MR", "US"]}}}, set()),
    ({"study": {"modalities": {"isEmpty": False}}}, {1, 2, 3}),
    ({"study": {"individual": {}}}, set()),
    # a chain that comes back to where it began finds that too
    ({"study": {"series": {"some": {"number": {"eq": 1}}}}}, {1, 2, 3}),
    ({"images": {"some": {"series": {"number": {"eq": 2}}}}}, {2}),
    # what else is asked of a node in a chain has names of its own
    ({"study": {"OR": [{"series": {"some": {"number": {"eq": 3}}}}], "series": {"some": {"number": {"lt": 3}}}}}, ALL),
    ({"study": {"NOT": {"series": {"none": {"images": {"some": {"frames": {"eq": 1}}}}}}}}, {1, 2, 3}),
]


@pytest.fixture
async def asker(graph: Graph) -> Asker:
    """Three series of one study; the first has an image of one frame, the second one that says nothing of frames."""
    await graph.run(
        """CREATE (t:Study {key: 'OBIA0001/1', collection: 'OBIA0001', accession: 'S000001', uid: '1',
                            state: 'ACCEPTED', modalities: ['CT']})
           CREATE (a:Series {key: 'OBIA0001/1', number: 1, modality: 'CT', uid: '1', state: 'RELEASED',
                             sliceThickness: 1.0, date: '2020-01-01'})
           CREATE (b:Series {key: 'OBIA0001/2', number: 2, modality: 'MR', uid: '2', state: 'ACCEPTED'})
           CREATE (c:Series {key: 'OBIA0001/3', number: 3, uid: '3', state: 'ACCEPTED'})
           CREATE (t)-[:HAS_SERIES]->(a), (t)-[:HAS_SERIES]->(b), (t)-[:HAS_SERIES]->(c)
           CREATE (a)-[:HAS_IMAGE]->(:Image {uid: '1', frames: 1, state: 'ACCEPTED'})
           CREATE (b)-[:HAS_IMAGE]->(:Image {uid: '2', state: 'ACCEPTED'})"""
    )
    return Asker(graph)


async def test_a_filter_holds_of_what_it_says_and_its_not_of_the_rest(asker: Asker) -> None:
    document = "query($filter: SeriesFilter) { series(filter: $filter) { totalCount nodes { number } } }"
    for given, numbers in CASES:
        for one, wanted in ((given, numbers), ({"NOT": given}, ALL - numbers), ({"NOT": {"NOT": given}}, numbers)):
            data = await asker.data(document, {"filter": one}, EVERYTHING)

            assert {each["number"] for each in data["series"]["nodes"]} == wanted, one
            assert data["series"]["totalCount"] == len(wanted), one


async def test_a_filter_on_the_collection_starts_at_its_index(asker: Asker) -> None:
    document = (
        """{ series(filter: {study: {individual: {collection: {accession: {eq: "OBIA0001"}}}}}) { totalCount } }"""
    )

    await asker.data(document, None, EVERYTHING)

    assert "n0.collection = $p" in asker.graph.sent[-1][0]


async def test_a_filter_too_deep_is_refused(asker: Asker) -> None:
    deep: dict[str, Any] = {}
    for _ in range(12):
        deep = {"NOT": deep}

    answer = await asker.ask("query($f: SeriesFilter) { series(filter: $f) { totalCount } }", {"f": deep})

    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_a_filter_of_too_many_clauses_is_refused(asker: Asker) -> None:
    wide = {"OR": [{"number": {"eq": number}} for number in range(201)]}

    answer = await asker.ask("query($f: SeriesFilter) { series(filter: $f) { totalCount } }", {"f": wide})

    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
