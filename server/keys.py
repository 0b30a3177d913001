"""The archive's key: one file, and under it a label of its own for everything that is derived.

Whoever holds the key can read the vault and link a patient to a pseudonym; without it neither can be done, by anyone.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from functools import lru_cache, partial
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
        """The archive-wide digest of a patient, from Patient ID and Issuer of Patient ID."""
        return self.digest("patient", json.dumps([patient.id.strip(), patient.issuer.strip()]))[:32]

    def pseudonym(self, collection: str, patient: str) -> str:
        """The pseudonym of a patient's digest in a collection: 16 letters and digits."""
        message = f"{collection}\0{patient}".encode()
        return base64.b32encode(self.mac("pseudonym", message)[:10]).decode("ascii")

    def date_offset(self, collection: str, patient: str) -> int:
        """Days to add to every date of a patient's digest in a collection: -3650 to -1."""
        message = f"{collection}\0{patient}".encode()
        return -(int.from_bytes(self.mac("date", message)[:8]) % _MAX_OFFSET) - 1

    def uid(self, collection: str, original: str) -> str:
        """The new UID of an original one in a collection: `2.25.` and 128 bits (PS3.5 B.2)."""
        message = f"{collection}\0{original}".encode("utf-8", "surrogatepass")
        return f"2.25.{int.from_bytes(self.mac('uid', message)[:16])}"

    def pseudonyms(
        self, collection: str, released: frozenset[str] = frozenset(), foreign: frozenset[str] = frozenset()
    ) -> "KeyedPseudonyms":
        """What a de-identifier may ask, bound to one collection.

        `released` are UIDs of this archive that are public and stay as they are; `foreign` are digests of patients
        whose issuer is another than the one that the collection knows for the same Patient ID.
        """
        return KeyedPseudonyms(self, collection, released, foreign)


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


class KeyedPseudonyms:
    """The `Pseudonyms` of one collection; the key stays behind it, and what was derived is remembered."""

    def __init__(self, keys: Keys, collection: str, released: frozenset[str], foreign: frozenset[str]) -> None:
        self._keys = keys
        self._collection = collection
        self._released = released
        self._foreign = foreign
        self._patients = lru_cache(4096)(self._patient)
        self._uids = lru_cache(4096)(partial(keys.uid, collection))

    def without(self, own: Iterable[str]) -> "KeyedPseudonyms":
        """The same, where these released UIDs are replaced as any other."""
        return KeyedPseudonyms(self._keys, self._collection, self._released.difference(own), self._foreign)

    def patient(self, patient: Patient) -> str:
        """The digest that stands for a patient in this collection.

        Patient ID alone decides, so that files with and without an issuer are of one patient; a foreign issuer's
        patient is another one.
        """
        return self._patients(patient)

    def pseudonym(self, patient: Patient) -> str:
        """The patient's pseudonym in this collection."""
        return self._keys.pseudonym(self._collection, self.patient(patient))

    def uid(self, original: str) -> str:
        """The new UID of an original one; a released UID of this archive stays."""
        return original if original in self._released else self._uids(original)

    def date_offset(self, patient: Patient) -> int:
        """Days to add to every date of the patient in this collection."""
        return self._keys.date_offset(self._collection, self.patient(patient))

    def digest(self, label: str, value: str) -> int:
        """A keyed 128-bit number for a value."""
        return int.from_bytes(self._keys.mac(f"plugin/{label}", value.encode("utf-8", "surrogatepass"))[:16])

    def _patient(self, patient: Patient) -> str:
        whole = self._keys.patient(patient)
        return whole if whole in self._foreign else self._keys.patient(Patient(patient.id))
