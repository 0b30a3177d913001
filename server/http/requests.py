"""A GraphQL request as HTTP carries it: read under a limit, refused where it is malformed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from obia.schema.errors import Code, ObiaError
from obia.server.http.answers import Refusal

MAX_BODY = 256 << 10  # bytes; the longest document allowed is 64 KiB
MAX_DEPTH = 64  # of JSON; filters may nest far less, and Python's own stack ends near 1,000
GRAPHQL = "application/graphql-response+json"
PLAIN = "application/json"

_CHARSET = re.compile(r'charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks."""

    document: str
    variables: Mapping[str, Any] | None
    operation_name: str | None


def media_type(accept: str | None) -> str:
    """Choose the media type of the answer. Raises Refusal 406; a client that names none gets plain JSON."""
    if accept is None or not accept.strip():
        return PLAIN
    offered = {GRAPHQL: 0.0, PLAIN: 0.0}
    named: set[str] = set()
    for each in accept.split(","):
        kind, _, rest = each.partition(";")
        kind, quality = kind.strip().lower(), _quality(rest)
        if kind in offered:
            offered[kind] = quality
            named.add(kind)
        elif kind in ("*/*", "application/*") and PLAIN not in named:
            offered[PLAIN] = max(offered[PLAIN], quality)
    best = max(offered, key=lambda kind: offered[kind])
    if not offered[best]:
        raise Refusal(406, f"this answers with {GRAPHQL} or {PLAIN}; put one into Accept")
    return best


def token(request: Request) -> str | None:
    """The bearer token, None where there is none. Raises ObiaError UNAUTHENTICATED for what is no such header."""
    given = request.headers.getlist("authorization")
    if not given:
        return None
    scheme, _, credentials = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not credentials.strip():
        raise ObiaError("Authorization is `Bearer` and a token", Code.UNAUTHENTICATED)
    return credentials.strip()


async def from_body(request: Request) -> Asked:
    """Read a POST. Raises Refusal 400, 413, 415."""
    _check_type(request.headers.get("content-type", ""))
    return _asked(_parsed(await _body(request), "the body"))


def from_url(request: Request) -> Asked:
    """Read a GET. Raises Refusal 400."""
    given: dict[str, Any] = {}
    for name in ("query", "operationName", "variables", "extensions"):
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise Refusal(400, f"`{name}` is there twice")
        if values:
            given[name] = values[0]
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = _parsed(given[name].encode("utf-8", "surrogatepass"), f"`{name}`")
        else:
            given.pop(name, None)
    if not given.get("operationName"):
        given.pop("operationName", None)
    return _asked(given)


def _quality(parameters: str) -> float:
    found = _QUALITY.search(parameters)
    return float(found[1]) if found else 1.0


def _check_type(given: str) -> None:
    kind = given.partition(";")[0].strip().lower()
    charset = _CHARSET.search(given)
    if kind != PLAIN:
        raise Refusal(415, f"a POST carries {PLAIN}; say so in Content-Type", Accept=PLAIN)
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        raise Refusal(415, "a POST is written in UTF-8")


async def _body(request: Request) -> bytes:
    """The body, which may come in chunks and tell no length; reading stops at the limit."""
    said = request.headers.get("content-length", "0")
    body = bytearray()
    if said.isdecimal() and int(said[:12]) <= MAX_BODY:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                break
        else:
            return bytes(body)
    raise Refusal(413, f"a request holds {MAX_BODY >> 10} KiB at most", Code.TOO_LARGE, Connection="close")


def _parsed(text: bytes, what: str) -> object:
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refusal(400, f"{what} is not JSON in UTF-8") from None
    if _is_deeper(value, MAX_DEPTH):
        raise Refusal(400, f"{what} is nested deeper than {MAX_DEPTH} levels")
    return value


def _is_deeper(value: object, limit: int) -> bool:
    """Whether JSON is nested deeper than a limit; level by level, so that no stack can run out."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _asked(given: object) -> Asked:
    if isinstance(given, list):
        raise Refusal(400, "one request asks one document; batches are not taken")
    if not isinstance(given, dict):
        raise Refusal(400, "a request is a JSON object with `query`")
    document, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(document, str) or not document.strip():
        raise Refusal(400, "`query` is missing: a GraphQL document, as text")
    if variables is not None and not isinstance(variables, dict):
        raise Refusal(400, "`variables` is a JSON object")
    if name is not None and not isinstance(name, str):
        raise Refusal(400, "`operationName` is text")
    if given.get("extensions") is not None and not isinstance(given["extensions"], dict):
        raise Refusal(400, "`extensions` is a JSON object")
    return Asked(document, variables, name)
