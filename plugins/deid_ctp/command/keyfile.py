"""The key of a run: a file that is named, else the archive's, else one that is made where the archive's would be.

The archive's key file is JSON (`id`, `key`); a file of 32 bytes or of 64 hexadecimal digits will do as well.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from obia import Code, ObiaError
from obia.plugins.deid_ctp.evidence.whole import write_new

_SIZE = 32  # bytes
_HEX = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")
_MAX = 4096  # bytes of a key file


@dataclass(frozen=True, slots=True)
class Key:
    """A root key, and under it a key of its own for everything that is derived."""

    path: Path
    root: bytes = field(repr=False)
    is_new: bool = False

    @property
    def id(self) -> str:
        """What the key is called: it says nothing of the key."""
        return _id(self.root)

    def subkey(self, label: str) -> bytes:
        """The key of one label, 32 bytes."""
        return hmac.digest(self.root, b"obia/deid/" + label.encode(), "sha256")

    @property
    def hashing(self) -> bytes:
        """What every hash of a script is keyed with."""
        return self.subkey("hash")


def archive_home() -> Path:
    """OBIA_HOME, or where an archive lies without it."""
    given = os.environ.get("OBIA_HOME")
    if given:
        return Path(given).expanduser().absolute()
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "obia"


def find_key(path: Path | None) -> Key:
    """Load the key that is named, or the archive's; make the archive's where there is none. Raises ObiaError."""
    if path is not None:
        return load_key(path)
    home = archive_home()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            return _make(home / "key")
    except OSError as error:
        raise ObiaError(
            f"no key can be made in {home}: {error.strerror}; name one with --key, or set OBIA_HOME",
            Code.HOME_UNWRITABLE,
        ) from None
    return load_key(home / "key")


def held_key(path: Path | None) -> Key:
    """Load the key that is named, or the archive's. Raises ObiaError."""
    return load_key(path or archive_home() / "key")


def load_key(path: Path) -> Key:
    """Read a key file. Raises ObiaError KEY_MISSING or KEY_WRONG."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_MAX)
    except OSError as error:
        raise ObiaError(f"the key file {path} cannot be read: {error.strerror}", Code.KEY_MISSING) from None
    root = _parsed(text)
    if root is None:
        raise ObiaError(
            f"{path} holds no key: it must be an archive's key file, 32 bytes, or 64 hexadecimal digits", Code.KEY_WRONG
        )
    return Key(path, root)


def _parsed(text: bytes) -> bytes | None:
    digits = _HEX.fullmatch(text)
    if digits is not None:
        return bytes.fromhex(digits[1].decode())
    if len(text) == _SIZE:
        return text
    try:
        table = json.loads(text)
        root = base64.b64decode(table["key"], validate=True)
    except (ValueError, KeyError, TypeError):
        return None
    return root if len(root) == _SIZE and table.get("id") == _id(root) else None


def _id(root: bytes) -> str:
    return hashlib.sha256(b"obia key id" + root).hexdigest()[:16]


def _make(path: Path) -> Key:
    """Make a key as `obia init` does; linked into place whole. Raises FileExistsError: none is ever overwritten."""
    root = secrets.token_bytes(_SIZE)
    text = json.dumps({"id": _id(root), "key": base64.b64encode(root).decode("ascii")}) + "\n"
    write_new(path, text.encode("ascii"))
    return Key(path, root, is_new=True)
