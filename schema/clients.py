"""Clients: which addresses are one client, and how clients share what there is little of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from weakref import WeakValueDictionary

_NETWORK = 64  # bits of an IPv6 address that name a client: it chooses the others itself


def client_of(address: str) -> str:
    """The client at an address: the address itself, of IPv6 its network of 64 bits."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found.packed, _NETWORK), strict=False))


class Shares:
    """Turns at something: so many at once, and so many of one client."""

    def __init__(self, turns: int, of_one_client: int) -> None:
        self._all = asyncio.Semaphore(turns)
        self._of_one_client = of_one_client
        self._own: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, address: str) -> AsyncIterator[None]:
        """One turn for the client at an address; it waits for its own first, so that it takes one place in the queue."""
        own = self._own.setdefault(client_of(address), asyncio.Semaphore(self._of_one_client))
        async with own, self._all:
            yield
