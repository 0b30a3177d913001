"""/healthz and /readyz: whether the process lives, and whether what it stands on answers."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from obia.schema.errors import Code, ObiaError, Unavailable
from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from obia.server.http.answers import answered
from obia.server.settings import Secret
from obia.server.together import require_store

_SECONDS = 3.0  # a probe that waits longer takes it for dead anyway
_HEADERS = {"Cache-Control": "no-store"}


async def healthz(_request: Request) -> Response:
    """The process lives."""
    return answered({"status": "ok"}, headers=_HEADERS)


class Readiness:
    """Asks the graph and the queue, once for all who ask meanwhile."""

    def __init__(self, archive: OpenArchive) -> None:
        self._archive = archive
        self._probe: asyncio.Task[Response] | None = None

    async def answer(self, _request: Request) -> Response:
        """Ready, or what does not answer or does not belong.

        Raises ObiaError GRAPH_UNAVAILABLE, QUEUE_UNAVAILABLE, STORE_UNAVAILABLE, KEY_WRONG, STORE_WRONG.
        """
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._ask())
        answer = await asyncio.shield(self._probe)
        return Response(answer.body, answer.status_code, _HEADERS, answer.media_type)

    async def _ask(self) -> Response:
        await self._graph()
        await _queue(self._archive.redis_url)
        await self._store()
        return answered({"status": "ready"}, headers=_HEADERS)

    async def _store(self) -> None:
        try:
            async with asyncio.timeout(_SECONDS):  # a network file system that is away may not answer at all
                await asyncio.to_thread(require_store, self._archive.store, self._archive.keys)
        except TimeoutError:
            raise ObiaError("the store does not answer; see OBIA_STORE_URL", Code.STORE_UNAVAILABLE) from None

    async def _graph(self) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                [[known]] = await self._archive.graph.read(cypher("key_id"))
        except (TimeoutError, ObiaError):
            raise Unavailable("the graph does not answer; see `obia status`") from None
        if known != self._archive.keys.key_id:
            raise ObiaError("the graph is not this archive's; see OBIA_GRAPH_URL", Code.KEY_WRONG)


async def _queue(url: Secret) -> None:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(url.reveal(), socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS)
    try:
        async with asyncio.timeout(_SECONDS), client:
            await client.ping()
    except (TimeoutError, RedisError, OSError):
        raise ObiaError("the queue does not answer; see `obia status`", Code.QUEUE_UNAVAILABLE) from None
