"""GraphQL over HTTP: what is answered how."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from obia.schema.access import Role
from obia.server.access import create_token
from obia.server.archive import OpenArchive
from obia.server.http.requests import MAX_BODY, MAX_DEPTH
from tests.server.http.conftest import client_of

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
ASK = '{"query": "{ viewer { role } }"}'
CREATE = 'mutation { createCollection(input: {title: "T"}) { collection { accession } } }'


def deep(levels: int) -> str:
    return json.dumps({"query": "{ viewer { role } }", "variables": {"v": 0}}).replace("0", "[" * levels + "]" * levels)


POSTS: dict[str, tuple[dict[str, str], str | bytes, int, str | None]] = {
    "plain": ({}, ASK, 200, None),
    "with a charset": ({"content-type": "application/json; charset=UTF-8"}, ASK, 200, None),
    "named operation": ({}, '{"query": "query A {__typename} query B {__typename}", "operationName": "B"}', 200, None),
    "null variables": ({}, '{"query": "{__typename}", "variables": null, "extensions": {}}', 200, None),
    "unknown keys": ({}, '{"query": "{__typename}", "more": 1}', 200, None),
    "no operation of that name": (
        {"accept": GRAPHQL},
        '{"query": "{__typename}", "operationName": "C"}',
        400,
        "BAD_INPUT",
    ),
    "syntax error, new type": ({"accept": GRAPHQL}, '{"query": "{"}', 400, "BAD_INPUT"),
    "syntax error, old type": ({}, '{"query": "{"}', 200, "BAD_INPUT"),
    "unknown field": ({"accept": GRAPHQL}, '{"query": "{ nothing }"}', 400, "BAD_INPUT"),
    "missing variable": ({"accept": GRAPHQL}, '{"query": "query($a: ID!) { node(id: $a) { id } }"}', 400, "BAD_INPUT"),
    "too complex": (
        {"accept": GRAPHQL},
        json.dumps({"query": "{" + "".join(f"a{n}:__typename " for n in range(99)) + "}"}),
        400,
        "QUERY_TOO_COMPLEX",
    ),
    "not JSON": ({}, "{", 400, "BAD_INPUT"),
    "empty": ({}, "", 400, "BAD_INPUT"),
    "not UTF-8": ({}, b'{"query": "\xff"}', 400, "BAD_INPUT"),
    "half a surrogate pair": ({}, '{"query": "\\ud800"}', 400, "BAD_INPUT"),
    "not an object": ({}, '"{__typename}"', 400, "BAD_INPUT"),
    "a batch": ({}, f"[{ASK}]", 400, "BAD_INPUT"),
    "no query": ({}, "{}", 400, "BAD_INPUT"),
    "query no text": ({}, '{"query": 1}', 400, "BAD_INPUT"),
    "variables no object": ({}, '{"query": "{__typename}", "variables": [1]}', 400, "BAD_INPUT"),
    "name no text": ({}, '{"query": "{__typename}", "operationName": 1}', 400, "BAD_INPUT"),
    "extensions no object": ({}, '{"query": "{__typename}", "extensions": 1}', 400, "BAD_INPUT"),
    "nested as deep as allowed": ({}, deep(MAX_DEPTH - 2), 200, None),
    "nested too deep": ({}, deep(MAX_DEPTH), 400, "BAD_INPUT"),
    "nested absurdly deep": ({}, deep(100_000), 400, "BAD_INPUT"),
    "no type": ({"content-type": ""}, ASK, 415, "BAD_INPUT"),
    "a form": ({"content-type": "application/x-www-form-urlencoded"}, "query=%7B__typename%7D", 415, "BAD_INPUT"),
    "plain text": ({"content-type": "text/plain"}, ASK, 415, "BAD_INPUT"),
    "another charset": ({"content-type": "application/json; charset=gbk"}, ASK, 415, "BAD_INPUT"),
    "wants HTML": ({"accept": "text/html"}, ASK, 406, "BAD_INPUT"),
    "refuses JSON": ({"accept": "application/json;q=0"}, ASK, 406, "BAD_INPUT"),
    "as large as allowed": ({}, ASK.ljust(MAX_BODY), 200, None),
    "too large": ({}, ASK.ljust(MAX_BODY + 1), 413, "TOO_LARGE"),
    "unknown token": ({"authorization": "Bearer obia_x"}, ASK, 401, "UNAUTHENTICATED"),
    "no token": ({"authorization": "Bearer"}, ASK, 401, "UNAUTHENTICATED"),
    "another scheme": ({"authorization": "Basic eDp5"}, ASK, 401, "UNAUTHENTICATED"),
    "subscription": ({"accept": GRAPHQL}, '{"query": "subscription { a }"}', 400, "UNSUPPORTED"),
}


async def test_posts_are_answered_as_the_specification_says(client: httpx.AsyncClient) -> None:
    answers = {
        case: await client.post("/graphql", headers={"content-type": JSON} | headers, content=body)
        for case, (headers, body, _, _) in POSTS.items()
    }

    assert {case: outcome(each) for case, each in answers.items()} == {
        case: (status, code) for case, (_, _, status, code) in POSTS.items()
    }


ACCEPTS: dict[str | None, str | int] = {
    None: JSON,
    "": JSON,
    "*/*": JSON,
    "application/*": JSON,
    JSON: JSON,
    GRAPHQL: GRAPHQL,
    f"{GRAPHQL}, {JSON};q=0.9": GRAPHQL,
    f"{GRAPHQL};q=0.5, {JSON}": JSON,
    f"text/html, {JSON}; charset=utf-8": JSON,
    f"{GRAPHQL};charset=utf-8, */*;q=0.1": GRAPHQL,
    f"{JSON};q=0, */*": 406,
}


async def test_the_answer_has_the_type_that_the_client_prefers(client: httpx.AsyncClient) -> None:
    chosen = {}

    for accept in ACCEPTS:
        request = client.build_request("POST", "/graphql", headers={"content-type": JSON}, content=ASK)
        del request.headers["accept"]
        if accept is not None:
            request.headers["accept"] = accept
        answer = await client.send(request)
        chosen[accept] = answer.headers["content-type"] if answer.status_code == 200 else answer.status_code

    assert chosen == ACCEPTS


GETS: dict[str, tuple[dict[str, str], int, str | None]] = {
    "plain": ({"query": "{__typename}"}, 200, None),
    "variables": (
        {"query": "query($n: Int) {collections(first: $n) {totalCount}}", "variables": '{"n": 1}'},
        200,
        None,
    ),
    "empty ones": ({"query": "{__typename}", "variables": "", "operationName": ""}, 200, None),
    "no query": ({}, 400, "BAD_INPUT"),
    "variables no JSON": ({"query": "{__typename}", "variables": "{"}, 400, "BAD_INPUT"),
    "a mutation": ({"query": CREATE}, 405, "FORBIDDEN"),
    "a mutation beside a query": (
        {"query": "query Q {__typename} mutation M {__typename}", "operationName": "M"},
        405,
        "FORBIDDEN",
    ),
}


async def test_a_get_reads_and_never_changes(client: httpx.AsyncClient) -> None:
    answers = {case: await client.get("/graphql", params=parameters) for case, (parameters, _, _) in GETS.items()}

    assert {case: outcome(each) for case, each in answers.items()} == {
        case: (status, code) for case, (_, status, code) in GETS.items()
    }
    assert answers["a mutation"].headers["allow"] == "POST"


async def test_a_get_changes_nothing_even_for_an_administrator(archive: OpenArchive, client: httpx.AsyncClient) -> None:
    token = await create_token(archive.graph, "admin", Role.ADMINISTRATOR, [])
    headers = {"Authorization": f"Bearer {token}"}

    got = await client.get("/graphql", params={"query": CREATE}, headers=headers)
    posted = await client.post("/graphql", json={"query": CREATE}, headers=headers)

    assert got.status_code == 405
    assert posted.json()["data"]["createCollection"]["collection"]["accession"] == "OBIA0001"


async def test_another_method_is_told_which_are_taken(client: httpx.AsyncClient) -> None:
    answers = [await client.request(method, "/graphql", content=ASK) for method in ("PUT", "PATCH", "DELETE")]

    assert [each.status_code for each in answers] == [405] * 3
    assert {frozenset(each.headers["allow"].split(", ")) for each in answers} == {frozenset(("GET", "HEAD", "POST"))}


async def test_head_answers_as_get_does_without_a_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/graphql", params={"query": "{__typename}"})

    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_body_that_tells_no_length_is_cut_at_the_limit(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BODY:
            sent += 4096
            yield b" " * 4096

    answer = await client.post("/graphql", headers={"content-type": JSON}, content=endless())

    assert (answer.status_code, code_of(answer)) == (413, "TOO_LARGE")
    assert sent < 2 * MAX_BODY


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
async def test_a_request_that_takes_too_long_is_told_so(archive: OpenArchive, media_type: str) -> None:
    archive.settings = replace(archive.settings, request_seconds=1e-6)

    async with client_of(archive) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ collections { totalCount } }"}, headers={"accept": media_type}
        )

    assert (answer.status_code, code_of(answer)) == (504, "TIMEOUT")


async def test_a_body_that_never_ends_is_a_request_that_takes_too_long(archive: OpenArchive) -> None:
    archive.settings = replace(archive.settings, request_seconds=0.2)

    async def slow() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    async with client_of(archive) as client:
        answer = await client.post("/graphql", headers={"content-type": JSON}, content=slow())

    assert (answer.status_code, code_of(answer)) == (504, "TIMEOUT")


async def test_a_graph_that_is_gone_is_told_by_its_code(archive: OpenArchive, client: httpx.AsyncClient) -> None:
    await archive.graph.close()

    answer = await client.post(
        "/graphql", json={"query": "{ collections { totalCount } }"}, headers={"accept": GRAPHQL}
    )

    assert code_of(answer) in ("GRAPH_UNAVAILABLE", "INTERNAL")


async def test_a_token_says_who_asks(archive: OpenArchive, client: httpx.AsyncClient) -> None:
    token = await create_token(archive.graph, "someone", Role.CURATOR, [])

    answer = await client.post(
        "/graphql", content=ASK, headers={"content-type": JSON, "authorization": f"bearer {token}"}
    )

    assert answer.json() == {"data": {"viewer": {"role": "CURATOR"}}}
    assert answer.headers["cache-control"] == "no-store"


def outcome(answer: httpx.Response) -> tuple[int, Any]:
    """The status, and the code of the first error; an answer holds data or an error."""
    assert answer.json().keys() & {"data", "errors"}
    return answer.status_code, code_of(answer)


def code_of(answer: httpx.Response) -> Any:
    """The code of the first error, None where there is none."""
    errors = answer.json().get("errors")
    return errors[0]["extensions"]["code"] if errors else None
