"""Bulk: many images in the graph, for a dump that must stay linear and a statement that must end with its client."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import cpu_of
from obia.server.services.rendezvous import read_rendezvous
from obia.server.settings import Settings
from tests.attack.archive import Archive, Server
from tests.attack.client import Client
from tests.attack.rows import AttackFailed, Row
from tests.conftest import connect

_SMALL, _LARGE = 40_000, 200_000  # images in the graph when it is dumped; the slow statement looks through all
_LINEAR = 7  # five times as many cost five times as much where it is linear, up to 25 times where it is quadratic
_CANCELLED = 0.25  # of the seconds that the statement takes when nobody hangs up
_COMPARISONS = 90  # a filter has at most 200 clauses; the statement takes seconds, and looking at it does not
_LONGEST = 60  # s until a statement must have appeared or ended
_COLLECTION = "OBIA9999"
_BEGIN = "CREATE (:Series {key: $collection + '/bulk', uid: '2.25.9', state: 'ACCEPTED', collection: $collection})"
_MAKE = (
    "MATCH (s:Series {collection: $collection}) UNWIND range($first, $last) AS n CALL (s, n) { "
    "CREATE (s)-[:HAS_IMAGE]->(:Image {uid: '2.25.9' + n, sopClass: $class, state: 'ACCEPTED', "
    "collection: $collection}) } IN TRANSACTIONS OF 10000 ROWS"
)
_REMOVE = "MATCH (n:Image|Series {collection: $collection}) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
_RUNNING = (
    "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS 'Image' "
    "AND NOT currentQuery CONTAINS 'SHOW' RETURN count(*)"
)


def bulk(archive: Archive, server: Server, folder: Path) -> Iterator[Row]:
    """Fill the graph step by step, and empty it again."""
    settings = archive.settings
    try:
        yield _dumps(archive, settings)
        yield _hang_up(settings, Client(server.port, archive.token("bulk", "curator")))
    finally:
        _run(settings, _REMOVE)


def slow() -> str:
    """A document whose one statement makes nearly as many comparisons with every image as a request may."""
    choices = ", ".join(f'{{sopClass: {{contains: "{number}x"}}}}' for number in range(_COMPARISONS))
    return f"{{ images(filter: {{OR: [{choices}]}}) {{ totalCount }} }}"


def _dumps(archive: Archive, settings: Settings) -> Row:
    base = _dumped(archive)
    _run(settings, _BEGIN)
    _grow(settings, 0, _SMALL)
    small = _dumped(archive) - base
    _grow(settings, _SMALL, _LARGE)
    large = _dumped(archive) - base
    ratio = large / max(small, 0.1)
    said = f"{ratio:.1f} times ({small:.1f} and {large:.1f} s of Neo4j's CPU)"
    expected = f"five times as many cost at most {_LINEAR} times as much"
    return Row("graph dump", f"{_SMALL} and {_LARGE} images", expected, said, ratio <= _LINEAR)


def _hang_up(settings: Settings, client: Client) -> Row:
    begun = time.monotonic()
    codes = client.ask(slow()).codes
    whole = time.monotonic() - begun
    tried, expected = "one slow statement", f"ended within {_CANCELLED:.0%} of its own time"
    if codes and "TIMEOUT" not in codes:
        return Row("client hangs up", tried, expected, f"refused before the database: {', '.join(codes)}", True)
    left = asyncio.run(_left(settings, client))
    said = f"ended after {left:.2f} s; takes {whole:.1f} s when heard out"
    return Row("client hangs up", tried, expected, said, left <= _CANCELLED * whole)


async def _left(settings: Settings, client: Client) -> float:
    """Seconds that the statement runs after its client has hung up."""
    async with connect(settings) as graph:

        async def until(is_running: bool) -> float:
            begun = time.monotonic()
            while time.monotonic() - begun < _LONGEST:
                [[count]] = await graph.read(_RUNNING)
                if bool(count) == is_running:
                    return time.monotonic() - begun
            raise AttackFailed(f"the slow statement did not {'begin' if is_running else 'end'}")

        await until(False)
        with _sent(client, slow()):
            await until(True)
        return await until(False)


@contextmanager
def _sent(client: Client, document: str) -> Iterator[None]:
    """Send a document, and hang up at the end of the block without having read."""
    body = json.dumps({"query": document}).encode()
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **client.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", client.port), 30) as connection:
        connection.sendall(f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode() + body)
        yield


def _dumped(archive: Archive) -> float:
    """CPU seconds of Neo4j for one dump."""
    running = read_rendezvous(archive.home)
    assert running
    pid = running.servers["graph"].process.pid
    before = cpu_of(pid)
    archive.need("graph", "dump")
    return cpu_of(pid) - before


def _grow(settings: Settings, before: int, after: int) -> None:
    parameters = {"first": before + 1, "last": after, "class": "1.2.840.10008." * 20, "collection": _COLLECTION}
    _run(settings, _MAKE, parameters)


def _run(settings: Settings, statement: str, parameters: dict[str, object] | None = None) -> None:
    async def work() -> None:
        async with connect(settings) as graph:
            await graph.run(statement, parameters or {"collection": _COLLECTION})

    asyncio.run(work())
