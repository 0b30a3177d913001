"""Floods: half-open bodies, a body that is too large, a header that is too large."""

import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.attack.archive import Archive, Server
from tests.attack.client import OTHER, Client
from tests.attack.rows import Row

_HALF_OPEN = 512
_AN_ADDRESS = 64  # connections that one client address may hold
_QUESTIONS = 20
_TRIES = 10
_BODY, _HEADER = 1 << 20, 300 << 10
_HEAD = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"


def floods(archive: Archive, server: Server, folder: Path) -> Iterator[Row]:
    """Half-open bodies from one address, then requests that are too large."""
    yield _half_open(server)
    yield _large_body(server)
    yield _large_header(server)


def _half_open(server: Server) -> Row:
    """Hold connections with a whole header and one byte of body, renew those that end, and ask from elsewhere."""
    client = Client(server.port)
    held: list[socket.socket] = []
    answered = 0
    try:
        for _ in range(_QUESTIONS):
            held = [each for each in held if not _is_over(each)]
            held += [each for _ in range(_HALF_OPEN - len(held)) if (each := _half(server))]
            answered += client.ask("{ __typename }").status == 200
        time.sleep(1)  # what is refused is refused by now; more of them would only help the archive
        holding = sum(not _is_over(each) for each in held)
    finally:
        for each in held:
            each.close()
    said = f"{answered} of {_QUESTIONS} answered; {holding} held"
    is_good = answered == _QUESTIONS and holding <= _AN_ADDRESS
    expected = f"every other client is answered; at most {_AN_ADDRESS} an address are held"
    return Row("half-open bodies", f"{_HALF_OPEN} from one address, renewed", expected, said, is_good)


def _half(server: Server) -> socket.socket | None:
    with suppress(OSError):
        made = socket.create_connection(("127.0.0.1", server.port), 10, (OTHER, 0))
        with suppress(OSError):  # it may be refused at once
            made.sendall(_HEAD % 100 + b"\r\n{")
        return made
    return None


def _is_over(connection: socket.socket) -> bool:
    """Whether the other end has answered or closed."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(0))


def _large_body(server: Server) -> Row:
    client = Client(server.port)
    seen = sum(client.send("POST", "/graphql", " " * _BODY).status == 413 for _ in range(_TRIES))
    tried = f"{_TRIES} bodies of {_BODY >> 20} MiB"
    return Row("large body", tried, "the client sees 413", f"{seen} of {_TRIES} seen", seen == _TRIES)


def _large_header(server: Server) -> Row:
    header = (
        b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: " + b"x" * _HEADER + b"\r\n\r\n"
    )
    statuses = [status_of(server.port, header) for _ in range(_TRIES)]
    answered = sum(200 <= status < 400 for status in statuses)
    tried = f"{_TRIES} headers of {_HEADER >> 10} KiB at once"
    said = f"{answered} of {_TRIES} answered; statuses {sorted(set(statuses))}"
    return Row("large header", tried, "refused or closed", said, not answered)


def status_of(port: int, request: bytes) -> int:
    """Send a request as an ordinary client does, all of it before it reads; the status, 0 for none."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        with suppress(OSError):
            connection.sendall(request)
        with suppress(OSError):
            line = connection.recv(4096).split(b"\r\n")[0].split()
            return int(line[1]) if len(line) > 1 else 0
    return 0
