"""What is kept of documents and answers is bounded in bytes, and holds nothing that failed."""

import pytest
from graphql import get_introspection_query, parse

from obia.schema.graphql.caching import ByteCache, document_size
from tests.asking import Asker
from tests.server.plan.test_statement_texts import Nothing

KEPT = 16 << 20  # bytes, the promise of docs/http.md


def distinct(number: int) -> str:
    """A document of some 21 kB and 1,000 tokens, comments included, for each number another."""
    fields = "name " * 60
    return f"# {number}\n" + "#\n" * 400 + "# " + "x" * 19_000 + "\n" + f"{{ viewer {{ {fields} }} }}"


def test_the_entries_used_longest_ago_make_room() -> None:
    cache: ByteCache[int] = ByteCache(10, 5)
    for key in range(3):
        cache.put(key, key, 4)
        cache.get(0)

    assert [cache.get(key) for key in range(3)] == [0, None, 2]
    assert cache.size == 8


def test_an_entry_that_is_too_large_is_not_kept() -> None:
    cache: ByteCache[int] = ByteCache(10, 5)

    cache.put("a", 1, 6)

    assert (cache.get("a"), cache.size) == (None, 0)


def test_a_document_with_more_tokens_is_larger() -> None:
    dense, sparse = "{ " + "a " * 500 + "}", "{ " + "a" * 1000 + " }"

    assert document_size(parse(dense), dense) > 10 * document_size(parse(sparse), sparse)


@pytest.mark.anyio
async def test_distinct_documents_take_a_bounded_number_of_bytes() -> None:
    asker = Asker(Nothing())

    for number in range(270):
        await asker.ask(distinct(number))

    documents = asker.schema.documents
    assert 10 < len(documents) < 270
    assert documents.size <= KEPT


@pytest.mark.anyio
@pytest.mark.parametrize(
    "document", ["{ nothing }", "{", '{ study(accession: "no") { uid } }', "{ job(id: 1) { id } }"]
)
async def test_a_document_that_failed_is_not_kept(document: str) -> None:
    asker = Asker(Nothing())

    answer = await asker.ask(document)

    assert answer["errors"]
    assert len(asker.schema.documents) == 0


@pytest.mark.anyio
async def test_introspection_is_executed_once() -> None:
    asker = Asker(Nothing())
    document = get_introspection_query()

    first, second = await asker.ask(document), await asker.ask(document)

    assert "errors" not in first
    assert first == second
    assert first["data"] is second["data"]


@pytest.mark.anyio
async def test_introspection_is_kept_by_operation_and_variables() -> None:
    asker = Asker(Nothing())
    document = "query($a: String!) { __type(name: $a) { name } }"

    names = [(await asker.data(document, {"a": name}))["__type"]["name"] for name in ("Study", "Series", "Study")]

    assert names == ["Study", "Series", "Study"]


@pytest.mark.anyio
async def test_a_document_that_asks_for_more_than_the_schema_is_executed_each_time() -> None:
    asker = Asker(Nothing())

    for _ in range(2):
        await asker.ask("{ __typename ...F } fragment F on Query { studies { totalCount } }")

    assert len(asker.graph.sent) == 2
