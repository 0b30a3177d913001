"""The one async driver: reads, writes, and a count of the statements sent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from obia.schema.errors import Code, ObiaError, Unavailable
from obia.server.settings import Secret

log = logging.getLogger(__name__)
T = TypeVar("T")
Rows = list[list[Any]]
_TRIES = 4
_TICK = 0.5  # s between looks at a graph that is away


class Transaction:
    """A write transaction: `run` sends one statement and returns its rows as lists."""

    def __init__(self, transaction: neo4j.AsyncManagedTransaction, graph: "Graph") -> None:
        self._transaction = transaction
        self._graph = graph

    async def run(self, text: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Send one statement."""
        self._graph.statements += 1
        result = await self._transaction.run(text, dict(parameters or {}))
        return await result.values()


class Graph:
    """Neo4j as the archive speaks to it. Raises Unavailable when it does not answer.

    With `patience`, a read waits for a graph that answered before and is away now, for so many seconds.
    """

    def __init__(
        self, url: str, user: str, password: Secret | None, seconds: float = 60.0, *, patience: float = 0.0
    ) -> None:
        auth = (user, password.reveal()) if password else None
        self._driver = neo4j.AsyncGraphDatabase.driver(
            url,
            auth=auth,
            notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
            connection_timeout=5.0,
            max_transaction_retry_time=30.0,
            user_agent="obia",
        )
        self._seconds, self._patience = seconds, patience
        self._has_answered = self._is_out = False
        self.statements = 0

    async def __aenter__(self) -> "Graph":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the driver's connections."""
        await self._driver.close()

    async def read(self, text: str, parameters: Mapping[str, Any] | None = None, seconds: float | None = None) -> Rows:
        """Send one auto-commit READ statement, with a time limit; transient failures are tried again."""
        query = neo4j.Query(text, timeout=seconds or self._seconds)
        begun, attempt = monotonic(), 0
        while True:
            try:
                self.statements += 1
                async with self._driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
                    result = await session.run(query, dict(parameters or {}))
                    rows = await result.values()
                    self._answered()
                    return rows
            except (Neo4jError, DriverError, OSError) as error:
                if attempt < _TRIES - 1 and _is_passing(error):
                    await asyncio.sleep(0.05 * 2**attempt)
                    attempt += 1
                    continue
                ours = self._failed(error)
                if not self._waits(ours, begun):
                    raise ours from error
                await asyncio.sleep(_TICK)

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one write transaction; on a transient failure it is run again from the start.

        The driver repeats what it takes for transient; a node that another transaction deleted meanwhile is so too.
        """

        async def unit(transaction: neo4j.AsyncManagedTransaction) -> T:
            return await work(Transaction(transaction, self))

        for attempt in range(_TRIES):
            try:
                async with self._driver.session() as session:
                    written = await session.execute_write(unit)
                    self._answered()
                    return written
            except (Neo4jError, DriverError, OSError) as error:
                if attempt == _TRIES - 1 or not _is_gone(error):
                    raise self._failed(error) from error
                await asyncio.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    async def run(self, text: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Send one auto-commit statement that may write: DDL, and what opens transactions of its own."""
        try:
            self.statements += 1
            async with self._driver.session() as session:
                result = await session.run(text, dict(parameters or {}))
                return await result.values()
        except (Neo4jError, DriverError, OSError) as error:
            raise self._failed(error) from error

    def _waits(self, error: ObiaError, begun: float) -> bool:
        """Whether to wait for a graph that is away; one that never answered may not be there at all."""
        return isinstance(error, Unavailable) and self._has_answered and monotonic() - begun < self._patience

    def _answered(self) -> None:
        self._has_answered = True
        if self._is_out:
            self._is_out = False
            log.warning("the graph answers again")

    def _failed(self, error: Exception) -> ObiaError:
        """What to raise for an error of the driver; that the graph is away is logged once, until it is back."""
        ours = _as_ours(error)
        if isinstance(ours, Unavailable) and self._has_answered and not self._is_out:
            self._is_out = True
            log.warning("the graph does not answer")
        return ours


def _is_passing(error: Exception) -> bool:
    """Whether a statement that failed may succeed when it is sent again."""
    return (isinstance(error, TransientError | SessionExpired) and not _timed_out(error)) or _is_gone(error)


def _is_gone(error: Exception) -> bool:
    """Whether a statement met a node or relationship that another transaction deleted since it was matched."""
    return isinstance(error, Neo4jError) and error.code == "Neo.ClientError.Statement.EntityNotFound"


def _timed_out(error: Exception) -> bool:
    return isinstance(error, Neo4jError) and "TransactionTimedOut" in (error.code or "")


def _as_ours(error: Exception) -> ObiaError:
    """One line of ours for what the driver raised; the server's own text may quote a value, so it is not repeated."""
    if isinstance(error, AuthError):
        return Unavailable("the graph refuses this user or password; see `obia settings` (graph_user, graph_password)")
    if _timed_out(error):
        return ObiaError("the graph took too long over this; ask for less", Code.TIMEOUT)
    if isinstance(error, ServiceUnavailable | SessionExpired | OSError):
        return Unavailable("the graph does not answer; see `obia status`, start it with `obia up`")
    if isinstance(error, TransientError):
        return Unavailable(f"the graph is busy or short of memory ({error.code}); try again")
    if isinstance(error, ClientError):
        return ObiaError(f"the graph refuses a statement ({error.code})", Code.INTERNAL)
    return ObiaError(f"the graph failed ({type(error).__name__})", Code.INTERNAL)
