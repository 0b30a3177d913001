"""The text of a statement depends on the shape of the question alone, and a root field is one statement."""

import re
from typing import Any

import pytest

from obia.schema.access import EVERYTHING, Scope, Sight
from obia.schema.graph import LABELS, RELATIONSHIPS
from obia.server.graph.driver import Graph
from tests.asking import Asker

pytestmark = [pytest.mark.anyio]


class Nothing:
    """A graph that answers nothing: what is sent to it is what is looked at."""

    async def read(self, text: str, parameters: Any = None, seconds: float | None = None) -> list[list[Any]]:
        """Answer with an empty page."""
        return [[[]]]


async def text_of(document: str, variables: dict[str, Any] | None = None, scope: Scope | None = None) -> str:
    """The one statement of a document."""
    asker = Asker(Nothing())
    await asker.ask(document, variables, scope)
    [(text, _)] = asker.graph.sent
    return text


SAME = [
    ("aliases", "{ studies { nodes { accession uid } } }", "{ a: studies { b: nodes { c: accession d: uid } } }"),
    (
        "order of fields",
        "{ studies { nodes { accession uid } totalCount } }",
        "{ studies { totalCount nodes { uid accession } } }",
    ),
    ("literals", "{ studies(first: 3) { nodes { uid } } }", "{ studies(first: 99) { nodes { uid } } }"),
    ("comments and names", "{ studies { nodes { uid } } }", "query Q { # hm\n studies { nodes { uid } } }"),
    (
        "values of filters",
        '{ studies(filter: {uid: {eq: "1"}}) { nodes { uid } } }',
        '{ studies(filter: {uid: {eq: "2"}}) { nodes { uid } } }',
    ),
    (
        "lengths of lists",
        '{ studies(filter: {uid: {in: ["1"]}}) { nodes { uid } } }',
        '{ studies(filter: {uid: {in: ["1", "2", "3"]}}) { nodes { uid } } }',
    ),
    (
        "order of filters",
        '{ studies(filter: {uid: {eq: "1"}, ageAtStudy: {gt: 1}}) { nodes { uid } } }',
        '{ studies(filter: {ageAtStudy: {gt: 3}, uid: {eq: "3"}}) { nodes { uid } } }',
    ),
    (
        "fragments",
        "{ studies { nodes { uid accession } } }",
        "{ studies { ...F } } fragment F on StudyConnection { nodes { ... on Study { uid } ... @include(if: true) { accession } } }",
    ),
    (
        "what is skipped",
        "{ studies { nodes { uid } } }",
        "{ studies { nodes { uid accession @skip(if: true) } totalCount @include(if: false) } }",
    ),
    (
        "order of equal branches",
        "{ studies { nodes { a: series(first: 1) { totalCount } b: series(first: 2) { nodes { uid } } } } }",
        "{ studies { nodes { b: series(first: 4) { nodes { uid } } a: series(first: 7) { totalCount } } } }",
    ),
    ("edges or nodes", "{ studies { nodes { uid } } }", "{ studies { edges { node { uid } } } }"),
]


@pytest.mark.parametrize(("one", "other"), [pair[1:] for pair in SAME], ids=[pair[0] for pair in SAME])
async def test_the_text_does_not_depend_on(one: str, other: str) -> None:
    assert await text_of(one) == await text_of(other)


async def test_the_text_does_not_depend_on_whose_collections_they_are() -> None:
    document = "{ individuals { totalCount nodes { accession diagnoses { nodes { code } } } } }"

    one = await text_of(document, None, Scope(Sight.OWN, ("OBIA0001",), ()))
    other = await text_of(document, None, Scope(Sight.OWN, ("OBIA0002", "OBIA0003"), ("OBIA0004",)))

    assert one == other
    assert "OBIA" not in one


async def test_nothing_a_client_writes_reaches_the_text() -> None:
    document = """{ studies(first: 7, filter: {uid: {eq: "zebra' }) DETACH DELETE n"}, modalities: {has: "zebra"}},
                            orderBy: [{field: DATE}]) { zebra: nodes { zebra2: uid } } }"""

    text = await text_of(document)

    assert "zebra" not in text
    assert "7" not in text


async def test_the_text_holds_names_of_the_model_alone() -> None:
    document = """{ individuals(first: 2, filter: {studies: {some: {series: {all: {modality: {eq: "CT"}}}}}}) { nodes {
                     id studyCount
                     studies(first: 2) { totalCount nodes { modalities series(first: 2) { nodes {
                       images(first: 2) { nodes { size annotations { totalCount } } } } } } }
                     gsaIndividuals { edges { evidence node { samples { nodes { sampleType } } } } }
                   } } }"""
    known = {each.name for each in LABELS} | {each.type for each in RELATIONSHIPS}
    known |= {one.name for label in LABELS for one in label.properties}
    known |= {one.name for relationship in RELATIONSHIPS for one in relationship.properties}

    text = await text_of(document, None, EVERYTHING)
    names = set(re.findall(r"[:.]\s*([A-Za-z_]+)", text))

    assert names
    assert names <= known


@pytest.mark.neo4j
async def test_every_root_field_is_one_statement(graph: Graph) -> None:
    document = """{ a: studies { totalCount nodes { uid series { nodes { uid images { totalCount } } } } }
                   b: studies(first: 1) { pageInfo { hasNextPage } }
                   c: collection(accession: "OBIA0001") { individuals { nodes { diagnoses { totalCount } } } }
                   d: nodes(ids: ["U3R1ZHk6eA", "SW1hZ2U6MS4y"]) { id ... on Study { uid } ... on Image { uid } } }"""
    before = graph.statements

    await Asker(graph).data(document)

    assert graph.statements - before == 4
