"""Sealed objects: AES-256-GCM in chunks, so that memory stays flat and a cut, swapped or changed chunk is found.

Layout: magic, key id, salt; then chunks of up to 1 MiB of plaintext, each with its 16-byte tag. The object's key is
derived from the vault's key, the salt and the object's name; a chunk's nonce is its number, with the last marked.
"""

import hmac
import io
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from obia.schema.errors import Code, ObiaError
from obia.server.keys import Keys

_MAGIC = b"OBIAVLT1"
_SALT = 32
_CHUNK = 1 << 20
_TAG = 16


def seal(keys: Keys, name: str, source: BinaryIO, target: BinaryIO) -> None:
    """Write the source, sealed under the name, to the target."""
    salt = os.urandom(_SALT)
    header = _MAGIC + keys.key_id.encode("ascii") + salt
    target.write(header)
    cipher = _cipher(keys, name, salt)
    number, chunk = 0, source.read(_CHUNK)
    while True:
        following = source.read(_CHUNK) if len(chunk) == _CHUNK else b""
        target.write(cipher.encrypt(_nonce(number, is_last=not following), chunk, header))
        if not following:
            return
        number, chunk = number + 1, following


def unseal(keys: Keys, name: str, source: BinaryIO) -> Iterator[bytes]:
    """Yield the plaintext of a sealed object. Raises ObiaError KEY_WRONG, or CHECKSUM_MISMATCH when it was changed."""
    header = source.read(len(_MAGIC) + 16 + _SALT)
    if not header.startswith(_MAGIC):
        raise ObiaError(f"the vault's object {name} is damaged", Code.CHECKSUM_MISMATCH)
    if header[8:24] != keys.key_id.encode("ascii"):
        raise ObiaError(f"the vault's object {name} was sealed with another key", Code.KEY_WRONG)
    cipher = _cipher(keys, name, header[24:])
    number, chunk = 0, source.read(_CHUNK + _TAG)
    while True:
        following = source.read(_CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), chunk, header)
        except InvalidTag:
            raise ObiaError(f"the vault's object {name} is damaged", Code.CHECKSUM_MISMATCH) from None
        if not following:
            return
        number, chunk = number + 1, following


def seal_bytes(keys: Keys, name: str, plaintext: bytes, target: BinaryIO) -> None:
    """Seal bytes that are held already."""
    seal(keys, name, io.BytesIO(plaintext), target)


def _cipher(keys: Keys, name: str, salt: bytes) -> AESGCM:
    return AESGCM(hmac.digest(keys.subkey("vault"), salt + name.encode(), "sha256"))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11) + (b"\1" if is_last else b"\0")
