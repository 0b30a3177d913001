"""Answers: JSON bodies, and one way to say what went wrong."""

import logging
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from obia.schema.errors import Code, ObiaError
from obia.server.log import REFUSALS

log = logging.getLogger(REFUSALS)

JSON = "application/json; charset=utf-8"
_STATUS = {
    Code.BAD_INPUT: 400,
    Code.QUERY_TOO_COMPLEX: 400,
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.TOO_LARGE: 422,
    Code.BAD_PIXELS: 422,
    Code.UNREADABLE: 422,
    Code.UNSUPPORTED: 422,
    Code.GRAPH_UNAVAILABLE: 503,
    Code.QUEUE_UNAVAILABLE: 503,
    Code.STORE_UNAVAILABLE: 503,
    Code.STORE_WRONG: 503,
    Code.KEY_WRONG: 503,
    Code.AUDIT_UNWRITABLE: 503,
    Code.TIMEOUT: 504,
    Code.TOO_MANY_REQUESTS: 503,
}


class Refusal(ObiaError):
    """A request is refused with a status of HTTP's own: what is asked for is not how it is asked for."""

    def __init__(self, status: int, message: str, code: Code = Code.BAD_INPUT, **headers: str) -> None:
        super().__init__(message, code)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def refused(error: ObiaError, media_type: str = JSON) -> Response:
    """The answer to a request that failed: one error with its code, as GraphQL shapes it."""
    log.info("refused with %s", error.code)
    headers = {"Cache-Control": "no-store"}
    status = _STATUS.get(error.code, 500)
    if isinstance(error, Refusal):
        status = error.status
        headers |= error.headers
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {"errors": [{"message": error.message, "extensions": {"code": error.code.value}}]}
    return answered(body, status, media_type, headers)


def answered(
    body: Mapping[str, Any], status: int = 200, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body), status, headers, media_type)
