"""`/graphql`: GraphQL over HTTP, one operation a request."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from obia.schema.errors import BadInput, Code, ObiaError
from obia.server.access import viewer
from obia.server.archive import OpenArchive
from obia.server.http.answers import json_response, refusal, refusal_of

MAX_BODY = 256 << 10  # bytes
_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation as it was asked."""

    document: str
    variables: dict[str, Any]
    operation_name: str | None
    is_read_only: bool


async def graphql(request: Request) -> Response:
    """Answer one operation; a GET may only read."""
    media_type = _accepted(request.headers.get("accept", ""))
    if media_type is None:
        return refusal(f"the answer is {_GRAPHQL} or {_JSON}", status=406)
    if request.method not in ("GET", "HEAD", "POST"):
        return refusal("ask by GET or POST", status=405, headers={"Allow": "GET, HEAD, POST"})
    if request.method == "POST" and _content_type(request) != _JSON:
        return refusal(f"the body is {_JSON}", status=415, headers={"Accept-Post": _JSON})
    archive: OpenArchive = request.app.state.archive
    try:
        asked = _from_body(await _body(request)) if request.method == "POST" else _from_url(request)
        async with asyncio.timeout(archive.settings.request_seconds):
            asking = await viewer(archive.graph, bearer(request))
            answer = await archive.api.ask(
                asking, asked.document, asked.variables, asked.operation_name, is_read_only=asked.is_read_only
            )
    except TimeoutError:
        return refusal("this took too long; ask for less", Code.TIMEOUT)
    except ObiaError as error:
        return refusal_of(error)
    return json_response(answer, _status(answer, media_type), media_type)


def bearer(request: Request) -> str | None:
    """The token of a request. Raises ObiaError UNAUTHENTICATED for another scheme."""
    given = request.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ObiaError("send `Authorization: Bearer TOKEN`", Code.UNAUTHENTICATED)
    return token.strip()


async def _body(request: Request) -> bytes:
    """The body. Raises BadInput past the limit, before the rest of it is read."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise BadInput(f"a body has at most {MAX_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


def _from_body(body: bytes) -> Asked:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadInput("the body is no JSON") from None
    if not isinstance(value, dict):
        raise BadInput("the body is one JSON object; there is no batching")
    return _asked(value.get("query"), value.get("variables"), value.get("operationName"), is_read_only=False)


def _from_url(request: Request) -> Asked:
    parameters = request.query_params
    try:
        variables = json.loads(parameters.get("variables") or "null")
    except (ValueError, RecursionError):
        raise BadInput("variables is no JSON") from None
    return _asked(parameters.get("query"), variables, parameters.get("operationName") or None, is_read_only=True)


def _asked(document: object, variables: object, name: object, *, is_read_only: bool) -> Asked:
    if not isinstance(document, str) or not document.strip():
        raise BadInput("query holds a GraphQL document")
    if variables is not None and not isinstance(variables, dict):
        raise BadInput("variables is an object")
    if name is not None and not isinstance(name, str):
        raise BadInput("operationName is a string")
    return Asked(document, variables or {}, name, is_read_only)


def _status(answer: dict[str, Any], media_type: str) -> int:
    """200, or 400 where nothing was executed and the client understands it (GraphQL over HTTP, 6.4.2)."""
    return 400 if media_type == _GRAPHQL and "data" not in answer else 200


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _accepted(accept: str) -> str | None:
    """The media type to answer with; JSON where nothing is said."""
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    if _GRAPHQL in wanted:
        return _GRAPHQL
    if not wanted or any(each in (_JSON, "*/*", "application/*") for each in wanted):
        return _JSON
    return None
