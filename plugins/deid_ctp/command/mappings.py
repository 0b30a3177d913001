"""Mappings: which original became which pseudonym, kept only where the operator asks, a line a file, encrypted.

The first line names the key by its id. Every other is a keyed digest of the original file, and what was encrypted under
it: the lines of a run that was killed are whole, and those of one that goes on are added.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from obia import BadInput, Code, NotFound, ObiaError, Rejected
from obia.plugins.deid_ctp.command.keyfile import Key

NAMED: Mapping[str, int] = {
    "PatientID": 0x00100020,
    "PatientName": 0x00100010,
    "AccessionNumber": 0x00080050,
    "StudyDate": 0x00080020,
    "StudyInstanceUID": 0x0020000D,
    "SeriesInstanceUID": 0x0020000E,
    "SOPInstanceUID": 0x00080018,
}
_HEAD = "obia deid mapping 1"
_NONCE = 12  # bytes: what AES-GCM is made for


@dataclass(frozen=True, slots=True)
class Mapped:
    """One file: its path in IN, its id, and what identifies it, before and after."""

    path: str = field(repr=False)
    id: str
    before: Mapping[str, str] = field(repr=False)
    after: Mapping[str, str]


class Cipher:
    """Writes and reads lines, under a key of their own (AES-256-GCM)."""

    def __init__(self, key: Key) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key.subkey("mapping"))

    def line(self, origin: str, mapped: Mapped) -> str:
        """One line; `origin` stands in it as it is, and is bound to the rest."""
        said = {"path": mapped.path, "id": mapped.id, "before": mapped.before, "after": mapped.after}
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, json.dumps(said).encode(), origin.encode())
        return f"{origin} {base64.b64encode(nonce + sealed).decode('ascii')}\n"

    def read(self, line: bytes) -> Mapped:
        """Read a line. Raises ObiaError KEY_WRONG for one that is not of this key, or was changed."""
        from cryptography.exceptions import InvalidTag

        try:
            origin, _, rest = line.strip().partition(b" ")
            sealed = base64.b64decode(rest, validate=True)
            said = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], origin))
            return Mapped(**said)
        except (ValueError, InvalidTag):
            raise ObiaError("a line of the mapping was changed, or is of another key", Code.KEY_WRONG) from None


def identities(file: bytes) -> dict[str, str]:
    """What identifies a file, by keyword."""
    from obia.plugins.deid_ctp.command.opened import opened

    try:
        root = opened(file)
    except Rejected:
        return {}
    return {name: text for name, tag in NAMED.items() if (text := root.text(tag))}


class MappingFile:
    """A mapping that lines are added to, by one run at a time."""

    def __init__(self, path: Path, key: Key) -> None:
        """Open it, or make it, mode 0600. Raises ObiaError, OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._stream = os.fdopen(descriptor, "r+b")
        self.origins: set[str] = set()
        try:
            _hold(self._stream)
            self._recall(key)
        except ObiaError:
            self._stream.close()
            raise

    def _recall(self, key: Key) -> None:
        """Read which originals are there, and cut off a line that a killed run left unfinished."""
        whole = 0
        for line in self._stream:
            if not line.endswith(b"\n"):
                if not whole and not f"{_HEAD} {key.id}".encode().startswith(line):
                    raise _stranger()
                break
            if not whole:
                _check_head(line, key)
            else:
                self.origins.add(_origin(line))
            whole += len(line)
        self._stream.seek(whole)
        self._stream.truncate()
        if not whole:
            self._stream.write(f"{_HEAD} {key.id}\n".encode())

    def add(self, lines: list[str]) -> None:
        """Add lines, and have the disk hold them."""
        self._stream.write("".join(lines).encode())
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self.origins.update(_origin(line.encode()) for line in lines)

    def close(self) -> None:
        """Let go."""
        self._stream.close()


def _hold(stream: BinaryIO) -> None:
    try:
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BadInput("another run writes to the mapping; wait for it, or name another file") from None


def _origin(line: bytes) -> str:
    return line.partition(b" ")[0].decode("ascii", "replace")


def _check_head(line: bytes, key: Key) -> None:
    said, _, name = line.decode("ascii", "replace").rstrip("\n").rpartition(" ")
    if said != _HEAD:
        raise _stranger()
    if name != key.id:
        raise ObiaError(f"the mapping is of the key {name}, not of {key.id}; name that key's file", Code.KEY_WRONG)


def _stranger() -> ObiaError:
    return BadInput("that file is no mapping of `obia deid run`; name another")


def read_mapping(path: Path, key: Key) -> Iterator[Mapped]:
    """Every file of a mapping, once. Raises ObiaError."""
    cipher, seen = Cipher(key), set[str]()
    try:
        with path.open("rb") as lines:
            _check_head(next(lines, b""), key)
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                mapped = cipher.read(line)
                if (said := repr((mapped.path, mapped.before, mapped.after))) not in seen:
                    seen.add(said)
                    yield mapped
    except OSError as error:
        raise NotFound(f"the mapping {path.name} cannot be read: {error.strerror}") from None
