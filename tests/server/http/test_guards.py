"""Guards: which Host and Origin are answered, and what every answer carries."""

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

import obia
from obia.schema.errors import Unavailable
from obia.server.archive import OpenArchive
from obia.server.http.guards import CSP, HEADERS, Guards
from obia.server.settings import Settings
from tests.server.http.conftest import HOME, client_of

FRIEND = "https://portal.example"
PATHS = ("/", "/graphiql", "/graphql", "/healthz", "/readyz", "/schema.graphql", "/assets/start.css", "/nothing")
OTHER_HOSTS = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.", "a@localhost", "")
OTHER_ORIGINS = ("https://evil.example", "null", "http://127.0.0.1:9000", "https://127.0.0.1:8000", "")
anyio = pytest.mark.anyio
neo4j = pytest.mark.neo4j


@pytest.fixture
async def befriended(archive: OpenArchive) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an archive that lets the pages of another site ask."""
    archive.settings = replace(archive.settings, allowed_origins=(FRIEND,))
    async with client_of(archive) as client:
        yield client


@neo4j
@anyio
async def test_another_host_is_refused_everywhere(client: httpx.AsyncClient) -> None:
    answers = [await client.get(path, headers={"Host": host}) for path in PATHS for host in OTHER_HOSTS]

    assert {each.status_code for each in answers} == {400}
    assert {each.json()["errors"][0]["extensions"]["code"] for each in answers} == {"BAD_INPUT"}


@neo4j
@anyio
async def test_a_host_of_the_settings_is_answered_on_any_port(client: httpx.AsyncClient) -> None:
    hosts = ("127.0.0.1", "localhost:1", "LOCALHOST:8000", "[::1]:8000")

    answers = [await client.get("/healthz", headers={"Host": host}) for host in hosts]

    assert [each.status_code for each in answers] == [200] * 4


@neo4j
@anyio
async def test_pages_of_another_origin_are_refused_everywhere(client: httpx.AsyncClient) -> None:
    answers = [await client.get(path, headers={"Origin": origin}) for path in PATHS for origin in OTHER_ORIGINS]
    answers += [await client.post("/graphql", headers={"Origin": each}, json={}) for each in OTHER_ORIGINS]

    assert {each.status_code for each in answers} == {403}
    assert {each.json()["errors"][0]["extensions"]["code"] for each in answers} == {"FORBIDDEN"}
    assert not any("access-control-allow-origin" in each.headers for each in answers)


@neo4j
@anyio
async def test_pages_of_its_own_may_ask(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", headers={"Origin": HOME}, json={"query": "{__typename}"})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@neo4j
@anyio
async def test_pages_of_an_allowed_origin_may_ask_and_read(befriended: httpx.AsyncClient) -> None:
    asked = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}

    preflight = await befriended.options("/graphql", headers=asked)
    answer = await befriended.post("/graphql", headers={"Origin": FRIEND}, json={"query": "{__typename}"})

    assert preflight.status_code == 204
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert preflight.headers["access-control-allow-origin"] == answer.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.status_code == 200


@neo4j
@anyio
async def test_a_preflight_of_another_origin_is_refused(befriended: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    answer = await befriended.options("/graphql", headers=asked)

    assert answer.status_code == 403


@neo4j
@anyio
async def test_every_answer_carries_the_headers(client: httpx.AsyncClient) -> None:
    answers = [await client.get(path) for path in PATHS]

    for headers in (each.headers for each in answers):
        assert headers.items() >= {name.lower(): value for name, value in HEADERS.items()}.items()
        assert "Origin" in headers["vary"]
        assert "server" not in headers
    assert HEADERS["Content-Security-Policy"] == CSP
    assert len(HEADERS) == 5


def test_the_docs_hold_the_exact_policy() -> None:
    docs = Path(obia.__file__).parents[1] / "docs" / "http.md"

    assert f"\nContent-Security-Policy: {CSP}\n" in docs.read_text(encoding="utf-8")
    assert "unsafe" not in CSP


@anyio
async def test_a_failure_nobody_foresaw_is_told_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("Doe^Jane")

    with caplog.at_level(logging.ERROR, "obia.server.http.guards"):
        answer = await _ask(fail)

    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "Doe" not in answer.text + caplog.text
    assert re.search(r"ValueError at fail:\d+", caplog.text)


@anyio
async def test_a_failure_of_ours_is_told_by_its_code() -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise Unavailable("the graph does not answer")

    answer = await _ask(fail)

    assert answer.status_code == 503
    assert answer.json() == {
        "errors": [{"message": "the graph does not answer", "extensions": {"code": "GRAPH_UNAVAILABLE"}}]
    }


@anyio
async def test_a_request_without_a_host_is_refused() -> None:
    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError

    sent = []

    async def send(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": []}
    await Guards(never, Settings())(scope, None, send)  # type: ignore[arg-type]

    assert sent[0]["status"] == 400  # type: ignore[index]


async def _ask(app: object) -> httpx.Response:
    transport = httpx.ASGITransport(Guards(app, Settings()))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
        return await client.get("/")
