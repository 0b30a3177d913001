"""Load: one client's requests are bounded behind a proxy too, and keep no other client away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from obia.server.http.crowd import MAX_OF_CLIENT
from obia.server.http.forwarding import Forwarding, Proxies
from obia.server.http.guards import Guards
from obia.server.http.load import MAX_PARAMETERS, MAX_RUNNING, Load
from obia.server.settings import Settings
from tests.server.http.conftest import HOME

pytestmark = pytest.mark.anyio
MINE, OTHERS = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}


class Slow:
    """An application that answers `/slow` once it is released."""

    def __init__(self) -> None:
        self.running = 0
        self.release = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            self.running += 1
            await self.release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def behind_a_proxy(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests come through a trusted proxy."""
    loaded = Forwarding(Guards(Load(app), Settings()), Proxies([ip_network("127.0.0.1")]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(loaded), base_url=HOME, timeout=None) as client:
        yield client


async def test_a_client_has_a_share_of_the_requests_and_others_have_theirs() -> None:
    app = Slow()

    async with behind_a_proxy(app) as client, asyncio.TaskGroup() as group:
        held = [group.create_task(client.get("/slow", headers=MINE)) for _ in range(MAX_OF_CLIENT)]
        while app.running < MAX_RUNNING:  # noqa: ASYNC110  # tasks begin one by one
            await asyncio.sleep(0)
        refused = await client.get("/", headers=MINE)
        answered = await client.get("/", headers=OTHERS)
        running = app.running
        app.release.set()

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (503, "TOO_MANY_REQUESTS")
    assert refused.headers["retry-after"] == "1"
    assert answered.status_code == 200
    assert running == MAX_RUNNING
    assert {each.result().status_code for each in held} == {200}


async def test_a_url_with_too_many_parameters_is_refused() -> None:
    async with behind_a_proxy(Slow()) as client:
        some, many = [await client.get("/?" + "&".join("a" * count)) for count in (MAX_PARAMETERS, MAX_PARAMETERS + 1)]

    assert (some.status_code, many.status_code) == (200, 400)


async def test_pages_behind_tls_are_of_the_archives_own_origin() -> None:
    origin = {"Origin": HOME.replace("http:", "https:")}

    async with behind_a_proxy(Slow()) as client:
        behind_tls = await client.get("/", headers=origin | MINE | {"X-Forwarded-Proto": "https"})
        without = await client.get("/", headers=origin | MINE)

    assert (behind_tls.status_code, without.status_code) == (200, 403)
