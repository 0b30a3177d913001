"""Load: how many requests one client may have under way, whatever connections they come by."""

import asyncio
from collections import Counter
from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Receive, Scope, Send

from obia.schema.clients import client_of
from obia.schema.errors import Code
from obia.server.http.answers import Refusal
from obia.server.http.crowd import MAX_OF_CLIENT

MAX_RUNNING = 24  # requests of one client that are worked on; the graph's driver has 100 connections
MAX_PARAMETERS = 16  # in a URL; the API reads four


class Load:
    """An ASGI application around another: of one client some requests are worked on, some wait, others are refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way: Counter[str] = Counter()
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on. Raises Refusal 400, 503."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["query_string"].count(b"&") >= MAX_PARAMETERS:
            raise Refusal(400, f"a URL has {MAX_PARAMETERS} parameters at most")
        client = client_of(scope["client"][0]) if scope.get("client") else ""
        if self._under_way[client] >= MAX_OF_CLIENT:
            raise Refusal(503, "too many requests at once; try again later", Code.TOO_MANY_REQUESTS, Retry_After="1")
        self._under_way[client] += 1
        try:
            async with self._turns.setdefault(client, asyncio.Semaphore(MAX_RUNNING)):
                await self._app(scope, receive, send)
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
