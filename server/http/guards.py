"""Guards: who may be asked under which name, from which page, and what every answer says of itself.

They stand around everything, on loopback too: a page on the net can make a browser ask a server on loopback.
"""

import logging
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obia.schema.errors import Code, ObiaError, place_of
from obia.server.http.answers import Refusal, refused
from obia.server.settings import HOST, Settings

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_METHODS = "GET, HEAD, POST"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": _METHODS,
    "Access-Control-Allow-Headers": "authorization, content-type, if-none-match",
    "Access-Control-Max-Age": "600",
}
_HOST = re.compile(rf"({HOST.pattern})(:[0-9]{{1,5}})?")

log = logging.getLogger(__name__)


class Guards:
    """An ASGI application around another: it checks Host and Origin, sets headers, and answers for failures."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = frozenset(each.lower() for each in settings.allowed_hosts)
        self._origins = frozenset(each.lower().rstrip("/") for each in settings.allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = _Answer(send, is_head=scope["method"] == "HEAD")
        try:
            host = self._host(headers.getlist("host"))
            answer.origin = self._origin(headers.getlist("origin"), f"{scope['scheme']}://{host}")
            if scope["method"] == "OPTIONS":
                await _options(answer)(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        except ObiaError as error:
            await answer.end(refused(error), scope, receive)
        except ClientDisconnect:
            log.debug("a client hung up")
        except Exception as error:
            log.error("a request failed: %s", place_of(error))
            hidden = ObiaError("something went wrong inside; the log of the archive says what", Code.INTERNAL)
            await answer.end(refused(hidden), scope, receive)

    def _host(self, given: list[str]) -> str:
        if len(given) != 1:
            raise Refusal(400, "a request names one Host")
        found = _HOST.fullmatch(given[0])
        if not found or found[1].lower() not in self._hosts:
            raise Refusal(400, "this archive does not answer to that Host; its operator sets OBIA_ALLOWED_HOSTS")
        return given[0].lower()

    def _origin(self, given: list[str], own: str) -> str | None:
        """The origin of another site that may read the answer, None for our own or for no browser at all."""
        if not given or (len(given) == 1 and given[0].lower() == own):
            return None
        if len(given) == 1 and given[0].lower() in self._origins:
            return given[0]
        message = "pages of that Origin may not ask; this archive's operator sets OBIA_ALLOWED_ORIGINS"
        raise Refusal(403, message, Code.FORBIDDEN)


class _Answer:
    """Sends an answer with what every answer carries; that to HEAD has no body."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self._send = send
        self._is_head = is_head
        self._is_started = False
        self.origin: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._is_started = True
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.add_vary_header("Origin")
            if self.origin:
                headers["Access-Control-Allow-Origin"] = self.origin
                headers["Access-Control-Expose-Headers"] = "ETag"
        elif self._is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    async def end(self, response: Response, scope: Scope, receive: Receive) -> None:
        """Answer with this instead, unless an answer has begun: that one stays cut, for the client to see."""
        if not self._is_started:
            await response(scope, receive, self)


def _options(answer: _Answer) -> Response:
    return Response(status_code=204, headers={"Allow": _METHODS} | (_PREFLIGHT if answer.origin else {}))
