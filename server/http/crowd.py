"""The crowd: which connections are open, and which one closes when there are too many.

One client has at most an eighth of them, so that others are heard. A trusted proxy stands for many clients; what each of
them may have under way is counted in its requests.
"""

from collections import Counter
from typing import Protocol

from obia.schema.clients import client_of
from obia.server.http.forwarding import Proxies

MAX_CONNECTIONS = 512  # a process often may have 1,024 descriptors, and the graph's driver takes up to 100
MAX_OF_CLIENT = 64
MAX_REFUSED = 64  # connections that are told so and not closed yet


class Member(Protocol):
    """A connection as the crowd sees it."""

    is_idle: bool

    def end(self) -> None:
        """Close now; it leaves the crowd."""
        ...


class Crowd:
    """The open connections of a server; a dict keeps them in the order in which they began to wait."""

    def __init__(self, proxies: Proxies) -> None:
        self._proxies = proxies
        self._clients: dict[Member, str] = {}
        self._counts: Counter[str] = Counter()
        self._waiting: dict[Member, None] = {}
        self._refused: dict[Member, None] = {}

    def admit(self, member: Member, address: str) -> bool:
        """Whether a new connection may stay; an idle or the oldest waiting one may be closed for it."""
        client = client_of(address)
        is_full = self._counts[client] >= MAX_OF_CLIENT and not self._proxies.trust(address)
        if is_full and not self._end_idle(client):
            return False
        if len(self._clients) >= MAX_CONNECTIONS and not self._end_waiting():
            return False
        self._clients[member] = client
        self._counts[client] += 1
        return True

    def refuse(self, member: Member) -> None:
        """Remember a connection that closes once its client has read why."""
        if len(self._refused) >= MAX_REFUSED:
            next(iter(self._refused)).end()
        self._refused[member] = None

    def wait(self, member: Member) -> None:
        """A connection's request is not whole yet, or its next one has not begun."""
        self._waiting.pop(member, None)
        if member in self._clients:
            self._waiting[member] = None

    def hear(self, member: Member) -> None:
        """A connection's request is whole."""
        self._waiting.pop(member, None)

    def leave(self, member: Member) -> None:
        """A connection is closed."""
        self._waiting.pop(member, None)
        self._refused.pop(member, None)
        client = self._clients.pop(member, None)
        if client is not None:
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]

    def _end_idle(self, client: str) -> bool:
        """Close the client's connection that has been idle longest."""
        idle = next((each for each in self._waiting if each.is_idle and self._clients[each] == client), None)
        if idle is not None:
            idle.end()
        return idle is not None

    def _end_waiting(self) -> bool:
        """Close the connection that has waited longest, of the client that has the most."""
        oldest = max(self._waiting, key=lambda each: self._counts[self._clients[each]], default=None)
        if oldest is not None:
            oldest.end()
        return oldest is not None
