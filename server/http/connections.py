"""Connections: how long and how many may stay open without a whole header.

uvicorn waits for a header as long as it takes, and lets it grow; a few thousand half ones would hold every descriptor.
"""

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_CONNECTIONS = 512  # a process often may have 1,024 descriptors, and the graph's driver takes up to 100
MAX_HEADER = 256 << 10  # bytes; a GET carries its document in there
_GRACE = 2.0  # s for what stands in the socket's buffers to be sent


def protocol(seconds: float) -> Callable[..., HttpToolsProtocol]:
    """The protocol of a server whose clients get so many seconds for a header."""
    unheard: dict[_Connection, None] = {}

    def connect(*args: Any, **more: Any) -> HttpToolsProtocol:
        return _Connection(seconds, unheard, *args, **more)

    return connect


class _Connection(HttpToolsProtocol):
    """uvicorn's, with a deadline for headers; of too many that have none the oldest goes, so that others are heard."""

    def __init__(self, seconds: float, unheard: "dict[_Connection, None]", *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._seconds = seconds
        self._unheard = unheard
        self._deadline: TimerHandle | None = None
        self._received = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first header."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > MAX_CONNECTIONS:
            next(iter(self._unheard)).end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._heard()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what comes between two requests begins a header, whatever it is."""
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        super().data_received(data)
        if self._deadline is not None:
            self._received += len(data)
            if self._received > MAX_HEADER:
                self.end()

    def on_headers_complete(self) -> None:
        """The header is whole."""
        self._heard()
        super().on_headers_complete()

    def end(self) -> None:
        """Close, whatever is missing."""
        self._heard()
        self.transport.close()
        self.loop.call_later(_GRACE, self.transport.abort)

    def _wait(self) -> None:
        self._received = 0
        self._unheard[self] = None
        self._deadline = self.loop.call_later(self._seconds, self.end)

    def _heard(self) -> None:
        self._unheard.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
