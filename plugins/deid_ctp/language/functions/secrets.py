"""Secrets: values encrypted as CTP does, so that who has the key can read them back (Blowfish, block by block)."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.parameters import parameter

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import ECB

_KEY_NOISE = re.compile(r"[^A-Za-z0-9+/]")
_KEY_FILLER = "tszyihnnphlyeaglle"  # what CTP makes a short key longer with
_KEY_CHARACTERS = 22  # of base64, sixteen bytes
_BLOCK = 8  # bytes


def _encrypt(call: Call) -> str | Step:
    return _transformed(call, encrypted)


def _decrypt(call: Call) -> str | Step:
    return _transformed(call, decrypted)


def _transformed(call: Call, transform: Callable[[str, str], str]) -> str | Step:
    if not call.expect(2, 2) and len(call.arguments) < 2:
        return call.literally
    reference, key = call.reference(0), call.argument(1)

    def step(evaluation: Evaluation) -> str:
        secret = parameter(evaluation, key)
        if secret is None:
            return call.literally
        try:
            return transform(evaluation.value(reference) or "", secret)
        except (ValueError, binascii.Error):
            return call.literally

    return step


def encrypted(text: str, secret: str) -> str:
    """Encrypt a text; the same text becomes the same always."""
    plain = text.encode("utf-8", "replace")
    missing = _BLOCK - len(plain) % _BLOCK
    encryptor = _cipher(secret).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes((missing,)) * missing) + encryptor.finalize()).decode()


def decrypted(text: str, secret: str) -> str:
    """Decrypt a text. Raises ValueError where it was not encrypted with this key."""
    decryptor = _cipher(secret).decryptor()
    plain = decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize()
    if not plain:
        return ""
    missing = plain[-1]
    if not 1 <= missing <= _BLOCK or plain[-missing:] != bytes((missing,)) * missing:
        raise ValueError("it was encrypted with another key")
    return plain[:-missing].decode("utf-8", "replace")


def _cipher(secret: str) -> "Cipher[ECB]":
    from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    letters = _KEY_NOISE.sub("", secret)
    while len(letters) < _KEY_CHARACTERS:
        letters += _KEY_FILLER
    return Cipher(Blowfish(base64.b64decode(letters[:_KEY_CHARACTERS] + "==")), ECB())  # noqa: S305


SECRETS: dict[str, Callable[[Call], str | Step]] = {"encrypt": _encrypt, "decrypt": _decrypt}
