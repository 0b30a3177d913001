"""Forwarding: who asks and by which scheme, where a trusted proxy stands between (RFC 7239, X-Forwarded-For).

Each proxy appends the address that it was asked from, so the list is read from its right end. What stands left of the
first address that is no trusted proxy was sent by the client, and may be anything.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from obia.server.settings import Network

_MOST = 8_192  # characters that are read, from the right
_ELEMENT = re.compile(r'(?:"[^"]*"|[^",])+')  # of the reversed text: a quote that a client left open ends nothing else
_PAIR = re.compile(r'(for|proto)=(?:"([^"]*)"|([^\s";]*))', re.IGNORECASE)
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\w+)?|([0-9.]+):\w+")


@dataclass(frozen=True, slots=True)
class Hop:
    """The address that a proxy was asked from, and the scheme if the proxy names it."""

    address: str
    scheme: str = ""


class Proxies:
    """The proxies whose headers are believed."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)

    def trust(self, address: str) -> bool:
        """Whether this is the address of a trusted proxy."""
        found = _parsed(address)
        return found is not None and any(found in each for each in self._networks)

    def client(self, peer: str, headers: Headers) -> Hop:
        """The nearest address that is no trusted proxy; the peer's where its headers disagree or name none."""
        if not self.trust(peer):
            return Hop(peer)
        forwarded, listed = headers.getlist("forwarded"), headers.getlist("x-forwarded-for")
        found = [self._walked(peer, _of_forwarded(forwarded))] if forwarded else []
        if listed:
            found.append(self._walked(peer, _of_lists(listed, headers.getlist("x-forwarded-proto"))))
        if len({each.address for each in found}) != 1:
            scheme = next((each.scheme for each in found if each.scheme), "")
            return Hop(peer, scheme or _scheme("".join(headers.getlist("x-forwarded-proto"))))
        return Hop(found[0].address, next((each.scheme for each in found if each.scheme), ""))

    def _walked(self, peer: str, hops: Iterable[Hop]) -> Hop:
        here = Hop(peer)
        for hop in hops:
            if not self.trust(here.address):
                break
            found = _parsed(hop.address)
            here = Hop(str(found) if found else here.address, hop.scheme or here.scheme)
            if found is None:
                break
        return here


class Forwarding:
    """An ASGI application around another, which sees the client's address and scheme instead of the proxy's."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope.get("client"):
            peer, port = scope["client"]
            hop = self._proxies.client(peer, Headers(scope=scope))
            scope = {**scope, "client": (hop.address, port), "scheme": hop.scheme or scope["scheme"]}
        await self._app(scope, receive, send)


def _of_forwarded(lines: list[str]) -> Iterator[Hop]:
    for element in _from_right(lines):
        pairs = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(element)}
        yield Hop(_without_port(pairs.get("for", "")), _scheme(pairs.get("proto", "")))


def _of_lists(addresses: list[str], schemes: list[str]) -> Iterator[Hop]:
    named = _from_right(schemes)
    for element in _from_right(addresses):
        yield Hop(_without_port(element.strip()), _scheme(next(named, "")))


def _from_right(lines: list[str]) -> Iterator[str]:
    text = ",".join(lines)[-_MOST:]
    return (found[0][::-1] for found in _ELEMENT.finditer(text[::-1]) if found[0].strip())


def _without_port(text: str) -> str:
    found = _WITH_PORT.fullmatch(text)
    return (found[1] or found[2] or "") if found else text


def _parsed(text: str) -> object:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _scheme(text: str) -> str:
    scheme = text.strip().lower()
    return scheme if scheme in ("http", "https") else ""
