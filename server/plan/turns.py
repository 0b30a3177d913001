"""Turns at the graph for those without a token: they keep away neither who has one nor each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from obia.schema.clients import client_of

ANONYMOUS_READS = 8  # statements under way at once; the driver's pool has 100 connections
CLIENT_READS = ANONYMOUS_READS // 4  # of them, for one client


class Turns:
    """So many at once, and of one client at most a quarter of them.

    A client waits for its own turn first, so that at most a quarter stand before another client in the common queue.
    """

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(ANONYMOUS_READS)
        self._own: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, address: str) -> AsyncIterator[None]:
        """One turn for the client at an address; it waits for its own first, and then for one of all."""
        own = self._own.setdefault(client_of(address), asyncio.Semaphore(CLIENT_READS))
        async with own, self._all:
            yield
