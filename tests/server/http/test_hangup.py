"""Clients that hang up: the graph stops reading for them, and never stops a change."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from obia.schema.access import Role
from obia.server.access import create_token
from obia.server.graph.driver import Graph
from obia.server.settings import Settings
from tests.conftest import connect
from tests.server.http.test_connections import POST
from tests.server.http.test_connections import connect as connection_to
from tests.server.http.test_serve import Serving, serving
from tests.shelf import Shelf

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SLOW = """
import strawberry
from obia import hookimpl
from obia.schema.extensions import Extension

@strawberry.type
class Fields:
    slow: int | None = strawberry.field(description="A number that takes a minute.")

NUMBER = "COUNT { UNWIND range(1, 1000000000) AS slowly WITH slowly WHERE slowly % 7 = 1 RETURN slowly }"

@hookimpl
def register_types(archive): return [Extension(on="Collection", fields=Fields, cypher=(("slow", NUMBER),))]
"""
RUNNING = "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS 'AS slowly' RETURN count(*)"
READ = "{ collections { nodes { slow } } }"
CREATE = 'mutation { createCollection(input: {title: "T"}) { collection { slow } } }'


@pytest.fixture
def slow(empty: Settings, tmp_path: Path) -> Iterator[Serving]:
    """A server with a field that takes a minute."""
    (tmp_path / "shelf").mkdir()
    shelf = Shelf(tmp_path / "shelf")
    shelf.put("slow", SLOW)
    (empty.home / "obia.toml").write_text("request_seconds = 60\n")
    with serving(empty, PYTHONPATH=str(shelf.folder)) as server:
        yield server


@pytest.mark.parametrize("method", ("GET", "POST"))
async def test_a_statement_ends_when_its_client_hangs_up(empty: Settings, slow: Serving, method: str) -> None:
    async with connect(empty) as graph:
        await graph.run("CREATE (:Collection {accession: 'OBIA0001', state: 'RELEASED', access: 'OPEN'})")
        with closing(connection_to(slow)) as connection:
            connection.sendall(request(method, READ))
            await until(graph, 1)
        ended = asyncio.get_running_loop().time()

        await until(graph, 0)

    assert asyncio.get_running_loop().time() - ended < 30  # the statement takes longer, the time limit is 60 s


async def test_a_change_is_made_though_its_client_hangs_up(empty: Settings, slow: Serving) -> None:
    async with connect(empty) as graph:
        token = await create_token(graph, "c", Role.CURATOR, [])
        with closing(connection_to(slow)) as connection:
            connection.sendall(request("POST", CREATE, token))
            await until(graph, 1)

        [[made]] = await graph.read("MATCH (c:Collection) RETURN count(c)")
        [[running]] = await graph.read(RUNNING)

    assert (made, running - 1) == (1, 1)


def request(method: str, document: str, token: str = "") -> bytes:
    """A request as bytes."""
    if method == "GET":
        query = document.replace(" ", "%20").replace("{", "%7B").replace("}", "%7D")
        return b"GET /graphql?query=%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % query.encode()
    body = json.dumps({"query": document}).encode()
    more = b"\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode() if token else b"\r\n\r\n"
    return (POST % len(body)).replace(b"\r\n\r\n", more) + body


async def until(graph: Graph, count: int) -> None:
    """Wait until so many slow statements run; the one that counts them is one more."""
    async with asyncio.timeout(60):
        while (await graph.read(RUNNING))[0][0] != count + 1:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.01)
