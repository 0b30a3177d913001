"""Signing: an Ed25519 key beside the archive's, and its public half for whoever checks."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from obia import Code, ObiaError
from obia.plugins.deid_ctp.evidence.whole import write_new

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SUFFIX = ".ed25519"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key; `public` is its other half, as PEM."""

    private: "Ed25519PrivateKey" = field(repr=False)

    @classmethod
    def beside(cls, key: Path) -> "Signer":
        """The signing key beside a key file; made there where it is missing. Raises ObiaError."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        path = key.with_name(key.name + SUFFIX)
        if not path.exists():
            made = Ed25519PrivateKey.generate()
            pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            try:
                with suppress(FileExistsError):
                    write_new(path, pem)
            except OSError as error:
                raise ObiaError(
                    f"no signing key can be made at {path}: {error.strerror}; copy the key to where one can lie beside it",
                    Code.KEY_MISSING,
                ) from None
        return cls(_load(path))

    @property
    def public(self) -> bytes:
        """The public key, as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        return self.private.sign(message)


def _load(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise ObiaError(f"{path} holds no Ed25519 key; put your copy of it back", Code.KEY_WRONG)
    return found


def public_key(pem: bytes) -> "Ed25519PublicKey":
    """Read a public key. Raises ObiaError KEY_WRONG."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        found = load_pem_public_key(pem)
    except ValueError:
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise ObiaError("the public key is no Ed25519 key in PEM form", Code.KEY_WRONG)
    return found


def is_signed(key: "Ed25519PublicKey", message: bytes, signature: bytes) -> bool:
    """Whether a signature is that key's."""
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def key_name(pem: bytes) -> str:
    """What a public key is called, for people to compare."""
    digest = hashlib.sha256(pem).hexdigest()[:32]
    return "-".join(digest[at : at + 4] for at in range(0, 32, 4))
