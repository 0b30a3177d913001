"""What asks too much is refused before anything is sent, in time linear in the document."""

from time import process_time

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
