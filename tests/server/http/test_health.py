"""Health: alive is not ready."""

import httpx
import pytest

from obia.server.archive import OpenArchive
from obia.server.graph.driver import Graph
from obia.server.settings import Secret
from tests.server.http.conftest import client_of

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
NOWHERE = "127.0.0.1:1"


async def test_an_archive_whose_graph_and_queue_answer_is_ready(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_an_archive_without_its_graph_lives_and_is_not_ready(archive: OpenArchive) -> None:
    async with Graph(f"bolt://{NOWHERE}", "neo4j", None) as archive.graph, client_of(archive) as client:
        ready, alive = await client.get("/readyz"), await client.get("/healthz")

    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.json()["errors"][0]["extensions"]["code"] == "GRAPH_UNAVAILABLE"


async def test_an_archive_without_its_queue_is_not_ready(archive: OpenArchive) -> None:
    archive.redis_url = Secret(f"redis://:hidden@{NOWHERE}/0")

    async with client_of(archive) as client:
        answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "QUEUE_UNAVAILABLE"
    assert "hidden" not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_head_works_where_get_does(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.head(path)

    assert (answer.status_code, answer.content) == (200, b"")
