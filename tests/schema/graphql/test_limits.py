"""What asks too much is refused before anything is sent, in time linear in the document."""

from time import process_time
from typing import Any

import pytest
from graphql import get_introspection_query

from tests.asking import Asker
from tests.server.plan.test_statement_texts import Nothing

pytestmark = [pytest.mark.anyio]


def doubling(fragments: int) -> str:
    """Fragments that each spread the next one twice."""
    text = "{ ...F0 } "
    for number in range(fragments):
        text += f"fragment F{number} on Query {{ a{number}: viewer {{ name }} ...F{number + 1} ...F{number + 1} }} "
    return text + f"fragment F{fragments} on Query {{ viewer {{ name }} }}"


def deep(levels: int) -> str:
    """Study, series, study, series and so on."""
    text = "uid"
    for _ in range(levels):
        text = f"series(first: 1) {{ nodes {{ study {{ {text} }} }} }}"
    return f"{{ studies(first: 1) {{ nodes {{ {text} }} }} }}"


TOO_MUCH = {
    "nodes": "{ studies(first: 100) { nodes { series(first: 100) { nodes { images(first: 100) { nodes { uid } } } } } } }",
    "depth": deep(9),
    "aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(40)) + " }",
    "fields": "{ studies { nodes { " + "uid " * 1900 + "} } }",
    "directives": "{ studies { nodes { " + "uid @include(if: true) " * 40 + "} } }",
    "root fields": "{ " + " ".join(f"a{n}: viewer {{ name }}" for n in range(16)) + " }",
    "fragments that double": doubling(25),
    "tokens": "{ " + "viewer { name } " * 800 + "}",
}


@pytest.mark.parametrize("what", TOO_MUCH)
async def test_a_document_is_refused_for_its(what: str) -> None:
    asker = Asker(Nothing())
    before = process_time()

    answer = await asker.ask(TOO_MUCH[what])

    assert process_time() - before < 1.0
    assert answer["errors"][0]["extensions"]["code"] in ("QUERY_TOO_COMPLEX", "BAD_INPUT")
    assert not answer.get("data")
    assert asker.graph.sent == []


async def test_the_length_of_a_page_may_be_a_variable() -> None:
    document = """query($n: Int = 100) { studies(first: $n) { nodes { series(first: $n) { nodes {
                  images(first: $n) { totalCount } } } } } }"""
    asker = Asker(Nothing())

    refused = await asker.ask(document)
    await asker.ask(document, {"n": 20})

    assert refused["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert len(asker.graph.sent) == 1


async def test_introspection_is_answered() -> None:
    answer = await Asker(Nothing()).ask(get_introspection_query())

    assert "errors" not in answer


def inside(part: str) -> str:
    """A document that selects this of a collection."""
    return "{ collections(first: 1) { nodes { " + part + " } } }"


FIELD = "individuals(first: 1) { totalCount } "
REPEATED = {
    "a field": inside("individuals { totalCount } " * 400),
    "a field with an argument": inside(FIELD * 200),
    "inline fragments": inside("... { individuals { totalCount } } " * 240),
    "fragments": inside("...A ...B")
    + f" fragment A on Collection {{ {FIELD * 90} }} fragment B on Collection {{ {FIELD * 90} }}",
}
ORDINARY = {
    "values of a filter": "{ collections(filter: {accession: {in: [" + '"OBIA0001" ' * 900 + "]}}) { totalCount } }",
    "fragments that overlap": inside("...A ...B ...C")
    + "".join(
        f" fragment {name} on Collection {{ id title individuals(first: 1) {{ nodes {{ id }} }} }}" for name in "ABC"
    ),
    "a field ten times": inside(FIELD * 10),
}


@pytest.mark.parametrize("what", ORDINARY)
async def test_an_ordinary_document_passes(what: str) -> None:
    asker = Asker(Nothing())

    await asker.ask(ORDINARY[what])

    assert len(asker.graph.sent) == 1


@pytest.mark.parametrize("what", REPEATED)
async def test_a_document_that_repeats_its_parts_costs_little_more_than_one_that_does_not(what: str) -> None:
    answer, seconds = await timed(REPEATED[what])
    _, expected = await timed(ORDINARY["values of a filter"])

    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert seconds < 8 * expected


async def timed(document: str) -> tuple[dict[str, Any], float]:
    """The answer, and the least CPU time of three tries, each by a schema that does not know the document."""
    best = float("inf")
    for _ in range(3):
        asker = Asker(Nothing())
        before = process_time()
        answer = await asker.ask(document)
        best = min(best, process_time() - before)
    return answer, best


async def test_a_document_that_describes_the_schema_again_and_again_is_refused() -> None:
    document = (
        "{ __schema { " + " ".join(f"a{n}: types {{ fields {{ name args {{ name }} }} }}" for n in range(30)) + " } }"
    )

    answer = await Asker(Nothing()).ask(document)

    assert answer["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert "describe the schema" in answer["errors"][0]["message"]


async def test_variables_with_too_many_values_are_refused() -> None:
    document = "query($v: [String!]) { collections(filter: {accession: {in: $v}}) { totalCount } }"

    answer = await Asker(Nothing()).ask(document, {"v": ["OBIA0001"] * 5_001})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert "5,000 values" in answer["errors"][0]["message"]
