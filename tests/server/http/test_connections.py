"""Connections that never say what they want, or never read: a real server closes them, and hears the others."""

import resource
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from obia.server.http.connections import MAX_FIELDS, MAX_HEADER
from obia.server.http.crowd import MAX_CONNECTIONS, MAX_OF_CLIENT
from obia.server.http.requests import MAX_BODY
from obia.server.settings import Settings
from tests.server.http.test_serve import Serving, serving

pytestmark = pytest.mark.neo4j
HALF = b"GET / HTTP/1.1\r\nHost: loc"
POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
BODY = POST % 31 + b"{"
OTHER = "127.0.0.2"  # another client's address, on the same machine
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def server(empty: Settings) -> Iterator[Serving]:
    """A server whose clients get two seconds."""
    (empty.home / "obia.toml").write_text("request_seconds = 2\n")
    with serving(empty) as server:
        yield server


def connect(server: Serving, address: str = "127.0.0.1") -> socket.socket:
    """A connection to a server from an address."""
    port = int(server.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))


@contextmanager
def many(
    server: Serving, count: int, said: bytes, addresses: Sequence[str] = (OTHER,)
) -> Iterator[list[socket.socket]]:
    """So many connections from these addresses that each have said this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4 * MAX_CONNECTIONS), hard), hard))
    held: list[socket.socket] = []
    try:
        for number in range(count):
            held.append(connect(server, addresses[number % len(addresses)]))
            with suppress(ConnectionError):
                held[-1].sendall(said)
        yield held
    finally:
        for each in held:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def answer_of(connection: socket.socket) -> bytes:
    """Everything that a connection is answered until it closes. Raises ConnectionError for a reset."""
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


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
            while sent < 200 * MAX_HEADER:
                connection.sendall(b"X-A: %s\r\n" % (b"a" * 1000))
                sent += 1000

    assert sent < 200 * MAX_HEADER


@pytest.mark.parametrize("said", (HALF, BODY), ids=("half a header", "a byte of a body"))
def test_connections_of_many_clients_keep_nobody_away(server: Serving, said: bytes) -> None:
    addresses = [f"127.0.0.{number}" for number in range(2, 22)]

    with many(server, MAX_CONNECTIONS + 200, said, addresses):
        answer = httpx.get(f"{server.url}/healthz", timeout=5)

    assert answer.status_code == 200


def test_connections_of_one_client_beyond_its_share_are_answered_503(server: Serving) -> None:
    with many(server, MAX_OF_CLIENT + 8, BODY) as held:
        refused = [answer_of(each) for each in held[MAX_OF_CLIENT:]]
        answer = httpx.get(f"{server.url}/healthz", timeout=5)

    assert all(each.startswith(b"HTTP/1.1 503 ") and b"TOO_MANY_REQUESTS" in each for each in refused)
    assert answer.status_code == 200


def test_an_idle_connection_closes_for_the_next_of_its_client(server: Serving) -> None:
    with many(server, MAX_OF_CLIENT, WHOLE, ["127.0.0.1"]) as held:
        for each in held:
            assert each.recv(65536).startswith(b"HTTP/1.1 200 ")
        answer = httpx.get(f"{server.url}/healthz", timeout=5)

    assert answer.status_code == 200


@pytest.mark.parametrize("said", (BODY, BODY + b'"'), ids=("a byte", "two bytes"))
def test_a_body_that_never_ends_is_closed(server: Serving, said: bytes) -> None:
    with closing(connect(server)) as connection:
        connection.sendall(said)

        assert is_closed(connection)


def test_a_body_that_is_too_large_is_answered_however_much_comes(server: Serving) -> None:
    with closing(connect(server)) as connection:
        connection.sendall(POST % (4 << 20))
        for _ in range(64):
            connection.sendall(b" " * 65536)

        answer = answer_of(connection)

    assert MAX_BODY < 4 << 20
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"TOO_LARGE" in answer


@pytest.mark.parametrize("version", ("HTTP/1.1", "HTTP/1.0"))
def test_a_refused_request_with_a_large_body_is_answered(server: Serving, version: str) -> None:
    with closing(connect(server)) as connection:
        header = (POST % (1 << 20)).replace(b"HTTP/1.1", version.encode()).replace(b"localhost", b"evil.example")
        connection.sendall(header.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b" " * (1 << 20))

        assert answer_of(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "lines",
    (b"X-A: " + b"a" * (300 << 10) + b"\r\n", b"X: a\r\n" * (MAX_FIELDS + 1)),
    ids=("a header of 300 KiB", "a header of many lines"),
)
def test_a_large_header_in_one_go_is_answered_431(server: Serving, lines: bytes) -> None:
    with closing(connect(server)) as connection:
        connection.sendall(WHOLE.replace(b"\r\n\r\n", b"\r\n" + lines + b"\r\n"))

        answer = answer_of(connection)

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"Content-Security-Policy: " in answer


def test_a_header_below_the_limit_is_answered(server: Serving) -> None:
    line = b"X-A: " + b"a" * (MAX_HEADER - (20 << 10)) + b"\r\n"

    with closing(connect(server)) as connection:
        connection.sendall(WHOLE.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n"))

        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_some_pipelined_requests_are_answered_and_thousands_are_not(server: Serving) -> None:
    with closing(connect(server)) as some, closing(connect(server)) as thousands:
        some.sendall(WHOLE * 8)
        answers = b""
        while answers.count(b'{"status":"ok"}') < 8:
            answers += some.recv(65536)
        with suppress(ConnectionError):
            thousands.sendall(WHOLE * 5000)

        assert is_closed(thousands)


def test_an_answer_that_nobody_reads_is_given_up(server: Serving) -> None:
    asset = WHOLE.replace(b"/healthz", b"/assets/graphiql.js")
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
        connection.sendall(asset * 16)
        wait_for(lambda: not is_open(server, connection))


def test_a_connection_that_asks_again_stays(server: Serving) -> None:
    with closing(connect(server)) as connection:
        for _ in range(6):
            connection.sendall(WHOLE)
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(65536)
            time.sleep(0.6)

            assert answer.startswith(b"HTTP/1.1 200")


def is_open(server: Serving, connection: socket.socket) -> bool:
    """Whether the server still holds its end of a connection."""
    port = connection.getsockname()[1]
    lines = Path(f"/proc/{server.process.pid}/net/tcp").read_text().splitlines()[1:]
    held = f"0100007F:{port:04X}"
    return any(line.split()[2] == held and line.split()[3] == "01" for line in lines)


def wait_for(holds: Callable[[], bool], within: float = 60) -> None:
    """Wait until a state is there. Raises AssertionError."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
