"""/graphql: GraphQL over HTTP, as the GraphQL Foundation's draft of 2025 has it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from obia.schema.errors import Code, ObiaError
from obia.server.access import viewer
from obia.server.archive import OpenArchive
from obia.server.http import requests
from obia.server.http.answers import Refusal, answered, refused
from obia.server.http.hangup import unless_gone

_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}


class GraphQLView:
    """Answers documents; one that reads is cancelled when its client hangs up, one that may change something never is."""

    def __init__(self, archive: OpenArchive) -> None:
        self._archive = archive
        self._seconds = archive.settings.request_seconds
        self._changing: set[asyncio.Task[dict[str, Any]]] = set()

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        media_type = requests.PLAIN
        try:
            media_type = requests.media_type(request.headers.get("accept"))
            async with asyncio.timeout(self._seconds):
                answer = await self._answer(request)
        except TimeoutError:
            error = ObiaError(f"this took longer than {self._seconds:g} s; ask for less", Code.TIMEOUT)
            return refused(error, media_type)
        except ObiaError as error:
            return refused(error, media_type)
        return answered(answer, _status(answer, media_type), media_type, _HEADERS)

    async def finish(self) -> None:
        """Wait for changes that outlived their requests."""
        await asyncio.gather(*self._changing, return_exceptions=True)

    async def _answer(self, request: Request) -> dict[str, Any]:
        is_post = request.method == "POST"
        asked = await requests.from_body(request) if is_post else requests.from_url(request)
        return await unless_gone(request, self._asked(request, asked, is_post=is_post))

    async def _asked(self, request: Request, asked: requests.Asked, *, is_post: bool) -> dict[str, Any]:
        asking = await viewer(self._archive.graph, requests.token(request))
        work = self._archive.api.ask(
            asking,
            asked.document,
            asked.variables,
            asked.operation_name,
            client=request.client.host if request.client else "",
            is_read_only=not is_post,
        )
        if is_post and "mutation" in asked.document:  # no mutation can be written without the word
            return await self._whole(work)
        answer = await work
        if not is_post and "data" not in answer and answer["errors"][0]["extensions"]["code"] == Code.FORBIDDEN:
            raise Refusal(405, "a GET reads; what changes something is a POST", Code.FORBIDDEN, Allow="POST")
        return answer

    async def _whole(self, work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
        task = asyncio.create_task(work)
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        return await asyncio.shield(task)


def _status(answer: dict[str, Any], media_type: str) -> int:
    """200 for whatever was executed; what was not is 400, but in plain JSON, whose clients expect it so, 200."""
    return 200 if "data" in answer or media_type == requests.PLAIN else 400
