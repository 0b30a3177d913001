"""Connections that never say what they want: a real server closes them, and hears the others."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import httpx
import pytest

from obia.server.http.connections import MAX_CONNECTIONS, MAX_HEADER
from obia.server.settings import Settings
from tests.server.http.test_serve import Serving, serving

pytestmark = pytest.mark.neo4j
HALF = b"GET / HTTP/1.1\r\nHost: loc"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def server(empty: Settings) -> Iterator[Serving]:
    """A server whose clients get two seconds."""
    (empty.home / "obia.toml").write_text("request_seconds = 2\n")
    with serving(empty) as server:
        yield server


def connect(server: Serving) -> socket.socket:
    """A connection to a server."""
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10)


def is_closed(connection: socket.socket, within: float = 8) -> bool:
    """Whether the server closes a connection soon."""
    connection.settimeout(within)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "said", (b"", b"G", HALF, WHOLE + HALF, WHOLE + b"\r\n"), ids=("nothing", "a byte", "half", "half again", "a line")
)
def test_a_header_that_never_ends_is_closed(server: Serving, said: bytes) -> None:
    with closing(connect(server)) as connection:
        connection.sendall(said)

        assert is_closed(connection)


def test_a_header_that_trickles_is_closed(server: Serving) -> None:
    with closing(connect(server)) as connection:
        connection.sendall(HALF)
        begun = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - begun < 10:
                connection.sendall(b"a")
                time.sleep(0.2)

    assert time.monotonic() - begun < 8


def test_a_header_without_end_is_cut(server: Serving) -> None:
    with closing(connect(server)) as connection:
        sent = 0
        with suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            while sent < 40 * MAX_HEADER:
                connection.sendall(b"X-A: %s\r\n" % (b"a" * 1000))
                sent += 1000

    assert sent < 40 * MAX_HEADER


def test_more_half_headers_than_connections_keep_nobody_away(server: Serving) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4 * MAX_CONNECTIONS), hard), hard))
    held = []
    try:
        for _ in range(MAX_CONNECTIONS + 200):
            held.append(connect(server))
            held[-1].sendall(HALF)

        answer = httpx.get(f"{server.url}/healthz", timeout=2)
    finally:
        for each in held:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert answer.status_code == 200


def test_a_connection_that_asks_again_stays(server: Serving) -> None:
    with closing(connect(server)) as connection:
        for _ in range(6):
            connection.sendall(WHOLE)
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(65536)
            time.sleep(0.6)

            assert answer.startswith(b"HTTP/1.1 200")
