"""Looking for planted identities in what the archive leaves behind, in every encoding a byte stream may have.

`found(place)` answers which planted values some bytes hold; `Tap` records what goes over a TCP connection.
"""

import base64
import binascii
import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from struct import pack

from tests.faults.planting import DATE, HANZI, NUMBER, PATIENT, STEM, UID_STEM

_ISO_DATE = f"{DATE[:4]}-{DATE[4:6]}-{DATE[6:]}"
_HANZI_CODECS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "utf-7")
_BYTES = (
    *(HANZI.encode(codec) for codec in _HANZI_CODECS),
    *(pack(order + kind, PATIENT) for order in "<>" for kind in "LdQ"),
)
_LITERAL = re.compile(b"|".join(map(re.escape, _BYTES)))
_TEXT = re.compile(
    rb"(?P<stem>%s\d{5})|(?P<uid>%s)|(?<![0-9a-z.])(?P<number>%s\d{4}|%d|%s|%s)(?!\d\d)"
    % (
        STEM.lower().encode(),
        re.escape(UID_STEM.encode()),
        NUMBER.encode(),
        PATIENT,
        DATE.encode(),
        _ISO_DATE.encode(),
    )
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")
_URL = bytes.maketrans(b"-_", b"+/")


def found(place: bytes) -> set[str]:
    """The planted values in some bytes, and in what they hold as UTF-16, as JSON escapes and as Base64."""
    return {each for view in _views(place) for each in _plain(view)}


def controls(text: bytes, *stems: str) -> set[str]:
    """Which of these stems, put there on purpose, the scanner does not see."""
    return {each.lower() for each in stems} - found(text)


def files(folder: Path, *without: Path) -> bytes:
    """Every file below a folder, names and contents, in one string."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if not any(path.is_relative_to(each) for each in without):
            parts.append(str(path.relative_to(folder)).encode())
            parts.append(path.read_bytes() if path.is_file() else b"")
    return b"\n".join(parts)


def _plain(view: bytes) -> Iterator[str]:
    for match in _TEXT.finditer(view.lower()):
        yield match.group().decode()
    for match in _LITERAL.finditer(view):
        yield f"bytes {match.group().hex()}"


def _views(place: bytes) -> Iterator[bytes]:
    for view in (place, place.replace(b"\0", b"")):  # the second is UTF-16 of ASCII, whichever end comes first
        yield view
        yield from _unbased(view)
    yield _ESCAPED.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "surrogatepass"), place)


def _unbased(view: bytes) -> Iterator[bytes]:
    """Every run of Base64 letters, decoded from each of the four places where its first group may begin."""
    runs = [match.group().translate(_URL) for match in _BASE64.finditer(view)]
    for start in range(4):
        decoded = []
        for run in runs:
            tail = run[start:]
            whole = (tail[:-1] if len(tail) % 4 == 1 else tail) + b"=" * (-len(tail) % 4 % 3)
            with contextlib.suppress(binascii.Error):
                decoded.append(base64.b64decode(whole))
        yield b"\n".join(decoded)
        yield b"\n".join(decoded).replace(b"\0", b"")


class Tap:
    """A TCP proxy on loopback that keeps what goes through it, both ways."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._streams: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._listener = threading.Thread(target=self._accept, daemon=True)
        self._listener.start()
        self._talks: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """The port to connect to instead."""
        port: int = self._server.getsockname()[1]
        return port

    def recorded(self) -> bytes:
        """Everything said so far, one way of one connection after the other, once all are closed."""
        for talk in list(self._talks):
            talk.join(10)
        return b"\n".join(self._streams)

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._listener.join(10)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                talk = threading.Thread(target=self._talk, args=(client,), daemon=True)
                self._talks.append(talk)
                talk.start()

    def _talk(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as target:
            back = threading.Thread(target=self._pump, args=(target, client), daemon=True)
            back.start()
            self._pump(client, target)
            back.join()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        kept: list[bytes] = []
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                kept.append(chunk)
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        self._streams.append(b"".join(kept))
