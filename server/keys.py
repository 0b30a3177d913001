"""The archive's key: one file, and under it a label of its own for everything that is derived.

Whoever holds the key can read the vault and link a patient to a pseudonym; without it neither can be done, by anyone.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from obia.schema.errors import Code, ObiaError
from obia.schema.values import Patient

_SIZE = 32  # bytes: AES-256 and HMAC-SHA256
_MAX_OFFSET = 3650  # days: ten years hide the year, and few dates leave the calendar


class Keys:
    """Values derived from the archive's key by HMAC-SHA256, each kind under its own label."""

    def __init__(self, key: bytes) -> None:
        self._root = key
        self.key_id = hashlib.sha256(b"obia key id" + key).hexdigest()[:16]
        self._derived: dict[str, bytes] = {}

    @classmethod
    def generate(cls) -> "Keys":
        """Keys of a new random key."""
        return cls(secrets.token_bytes(_SIZE))

    @classmethod
    def load(cls, path: Path) -> "Keys":
        """Read a key file. Raises ObiaError KEY_MISSING or KEY_WRONG."""
        try:
            table = json.loads(path.read_text(encoding="ascii"))
            key = base64.b64decode(table["key"], validate=True)
        except FileNotFoundError:
            raise missing_key(path.parent) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise ObiaError("the key file cannot be read; put your copy of it back", Code.KEY_WRONG) from None
        keys = cls(key)
        if len(key) != _SIZE or table.get("id") != keys.key_id:
            raise ObiaError("the key file is damaged; put your copy of it back", Code.KEY_WRONG)
        return keys

    def save(self, path: Path) -> None:
        """Write a new key file, mode 0600. Raises FileExistsError: a key is never overwritten."""
        text = json.dumps({"id": self.key_id, "key": base64.b64encode(self._root).decode("ascii")}) + "\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())

    def subkey(self, label: str) -> bytes:
        """The key of one label, 32 bytes."""
        if label not in self._derived:
            self._derived[label] = hmac.digest(self._root, b"obia/" + label.encode(), "sha256")
        return self._derived[label]

    def mac(self, label: str, message: bytes) -> bytes:
        """The HMAC of a message under a label, 32 bytes."""
        return hmac.digest(self.subkey(label), message, "sha256")

    def digest(self, label: str, text: str) -> str:
        """The HMAC of a text under a label, in hexadecimal."""
        return self.mac(label, text.encode("utf-8", "surrogatepass")).hex()

    def patient(self, patient: Patient) -> str:
        """A patient's archive-wide digest, from patient ID and issuer."""
        return self.digest("patient", json.dumps([patient.id.strip(), patient.issuer.strip()]))[:32]

    def pseudonym(self, collection: str, patient: str) -> str:
        """The pseudonym of a patient's digest in a collection: 16 letters and digits."""
        message = f"{collection}\0{patient}".encode()
        return base64.b32encode(self.mac("pseudonym", message)[:10]).decode("ascii")

    def date_offset(self, patient: str) -> int:
        """Days to add to every date of a patient's digest: -3650 to -1."""
        return -(int.from_bytes(self.mac("date", patient.encode())[:8]) % _MAX_OFFSET) - 1

    def uid(self, original: str) -> str:
        """The archive-wide new UID of an original: `2.25.` and 128 bits (PS3.5 B.2)."""
        return f"2.25.{int.from_bytes(self.mac('uid', original.encode('utf-8', 'surrogatepass'))[:16])}"

    def pseudonyms(self, collection: str) -> "KeyedPseudonyms":
        """What a de-identifier may ask, bound to one collection."""
        return KeyedPseudonyms(
            collection,
            lru_cache(4096)(self.patient),
            self.pseudonym,
            lru_cache(4096)(self.uid),
            self.date_offset,
            self.mac,
        )


def missing_key(home: Path) -> ObiaError:
    """What to say of a home without a key; where one made data, no new key reads them."""
    if not home.exists():
        return ObiaError(f"there is no archive at {home}; `obia init` makes one", Code.KEY_MISSING)
    if is_filled(home):
        return ObiaError(
            f"the key of {home} is gone, its data are there; put your copy of the key back", Code.KEY_MISSING
        )
    return ObiaError(f"{home} has no key; `obia init` makes one", Code.KEY_MISSING)


def is_filled(home: Path) -> bool:
    """Whether a home holds what was made under a key; its servers alone need none."""
    return (home / "store").exists() or (home / "audit.jsonl").exists()


@dataclass(frozen=True, slots=True)
class KeyedPseudonyms:
    """The `Pseudonyms` of one collection; the key stays behind the functions."""

    collection: str
    _patient: Callable[[Patient], str]
    _pseudonym: Callable[[str, str], str]
    _uid: Callable[[str], str]
    _offset: Callable[[str], int]
    _mac: Callable[[str, bytes], bytes]

    def pseudonym(self, patient: Patient) -> str:
        """The patient's false name in this collection."""
        return self._pseudonym(self.collection, self._patient(patient))

    def uid(self, original: str) -> str:
        """The new UID of an original one."""
        return self._uid(original)

    def date_offset(self, patient: Patient) -> int:
        """Days to add to every date of the patient."""
        return self._offset(self._patient(patient))

    def digest(self, label: str, value: str) -> int:
        """A keyed 128-bit number for a value."""
        return int.from_bytes(self._mac(f"plugin/{label}", value.encode("utf-8", "surrogatepass"))[:16])
