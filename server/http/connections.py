"""Connections: how long a request may take to arrive, how large its header may be, and how a connection closes.

uvicorn waits for a request as long as it takes, lets its header grow, and closes while a body is still on its way, so
that the client sees a reset instead of the answer.
"""

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from obia.schema.errors import Code
from obia.server.http.answers import Refusal, refused
from obia.server.http.crowd import Crowd
from obia.server.http.guards import HEADERS

MAX_HEADER = 256 << 10  # bytes; a GET carries its document in there
MAX_FIELDS = 100  # lines of a header: each is looked through several times
MAX_PIPELINED = 16  # requests that wait for the answers to earlier ones of their connection
MAX_DRAINED = 16 << 20  # bytes of a body that nobody reads; a client often sends all of it before it reads an answer
_SLICE = 16 << 10  # bytes given to the parser at once
_PROGRESS = 64 << 10  # bytes of its answer that a client takes within the time of a request
_GRACE = 2.0  # s for what stands in the socket's buffers to be sent

_TOO_LARGE = Refusal(431, f"a header has {MAX_HEADER >> 10} KiB and {MAX_FIELDS} lines at most", Code.TOO_LARGE)
_TOO_MANY = Refusal(503, "too many connections; try again later", Code.TOO_MANY_REQUESTS, Retry_After="1")


def protocol(seconds: float, crowd: Crowd) -> Callable[..., HttpToolsProtocol]:
    """The protocol of a server whose clients get so many seconds for a whole request."""

    def connect(*args: Any, **more: Any) -> HttpToolsProtocol:
        return _Connection(seconds, crowd, *args, **more)

    return connect


class _Unparsed(Exception):
    """The parser stops: what it reads is refused."""


class _Connection(HttpToolsProtocol):
    """uvicorn's, with a deadline for each request, limits, and a close that lets the client read its answer."""

    def __init__(self, seconds: float, crowd: Crowd, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._seconds = seconds
        self._crowd = crowd
        self._deadline: TimerHandle | None = None
        self._progress: TimerHandle | None = None
        self._raw: Transport
        self._is_in_header = True
        self._received = 0
        self._drained = 0
        self._refusal: Refusal | None = None
        self.is_idle = False
        self.is_closing = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request, or say that there are too many connections."""
        self._raw = transport
        super().connection_made(_Closing(transport, self))  # type: ignore[arg-type]
        if self._crowd.admit(self, self.client[0] if self.client else ""):
            self._wait()
        else:
            self._crowd.refuse(self)
            self._deadline = self.loop.call_later(_GRACE, self.end)
            self._refuse(_TOO_MANY)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self.is_closing = True
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, piece by piece, so that a header is refused before it is parsed."""
        for start in range(0, len(data), _SLICE):
            if self.is_closing:
                self._drain(len(data) - start)
                return
            if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
                self._wait()
            piece = data[start : start + _SLICE]
            if self._is_in_header:
                self._received += len(piece)
            if self._received > MAX_HEADER:
                self._refuse(_TOO_LARGE)
            else:
                super().data_received(piece)

    def on_message_begin(self) -> None:
        """A request begins; what comes after another in one piece has its own time."""
        if self._deadline is None:
            self._wait()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the header."""
        if len(self.headers) >= MAX_FIELDS:
            self._refusal = _TOO_LARGE
            raise _Unparsed
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The header is whole."""
        self._is_in_header = False
        self._received = 0
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _Unparsed
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._hear()
        self._is_in_header = True
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:
            self._rest()

    def on_response_complete(self) -> None:
        """The answer is whole."""
        super().on_response_complete()
        if self._deadline is None and not self.pipeline:
            self._rest()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed, unless an earlier request's answer is not whole."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.end()
        elif self._refusal:
            self._refuse(self._refusal)
        else:
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        """The client reads slower than the answer is made."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The client has read nearly all."""
        super().resume_writing()
        self._unwatch()

    def shutdown(self) -> None:
        """End at once unless a request is being answered."""
        if self.cycle is None or self.cycle.response_complete:
            self.end()
        else:
            super().shutdown()

    def close(self) -> None:
        """Close, once the client has read its answer; what it still sends is thrown away."""
        if self.is_closing:
            return
        self.is_closing = True
        self._watch()
        if self._deadline is None:
            self._raw.close()
        else:
            self.flow.resume_reading()
            if self._raw.can_write_eof():
                self._raw.write_eof()

    def end(self) -> None:
        """Close now, whatever is missing."""
        self.is_closing = True
        self._stop()
        self._raw.close()
        self.loop.call_later(_GRACE, self._raw.abort)

    def _refuse(self, refusal: Refusal) -> None:
        self._raw.write(_bytes_of(refused(refusal)))
        self.close()

    def _drain(self, count: int) -> None:
        self._drained += count
        if self._drained > MAX_DRAINED:
            self.end()

    def _wait(self) -> None:
        self._received = 0
        self.is_idle = False
        self._crowd.wait(self)
        self._deadline = self.loop.call_later(self._seconds, self.end)

    def _hear(self) -> None:
        self._crowd.hear(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _rest(self) -> None:
        self.is_idle = True
        self._crowd.wait(self)

    def _stop(self) -> None:
        self._hear()
        self._unwatch()
        self._crowd.leave(self)

    def _watch(self) -> None:
        self._unwatch()
        left = self._raw.get_write_buffer_size()
        self._progress = self.loop.call_later(self._seconds, self._check_progress, left)

    def _unwatch(self) -> None:
        if self._progress is not None:
            self._progress.cancel()
            self._progress = None

    def _check_progress(self, before: int) -> None:
        """Give up a client that does not read its answer."""
        left = self._raw.get_write_buffer_size()
        if left and before - left < _PROGRESS:
            self._raw.abort()
        elif left:
            self._watch()


class _Closing:
    """A transport whose `close` is the connection's, for uvicorn to call."""

    def __init__(self, transport: Transport, connection: _Connection) -> None:
        self._transport = transport
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close as the connection does."""
        self._connection.close()

    def is_closing(self) -> bool:
        """Whether it closes, even if it still reads."""
        return self._connection.is_closing or self._transport.is_closing()


def _bytes_of(response: Response) -> bytes:
    """A whole answer that closes its connection."""
    more = [(name.encode(), value.encode()) for name, value in (*HEADERS.items(), ("Connection", "close"))]
    lines = [b"%s: %s\r\n" % each for each in (*response.raw_headers, *more)]
    return b"".join([STATUS_LINE[response.status_code], *lines, b"\r\n", bytes(response.body)])
