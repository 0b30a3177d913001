"""The vault: quarantined originals and the manifests that know where files came from, sealed under the archive's key.

There is no path from here to the store, the graph, a log or a queue. Who opens it is on record in the audit log.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from obia.schema.errors import NotFound
from obia.server.keys import Keys
from obia.server.store.files import Store
from obia.server.vault.sealing import seal, seal_bytes, unseal


class Vault:
    """Sealed objects behind the store, under `vault/`: `originals/ID`, `notes/ID`, `manifests/BATCH`.

    Each is durable before the next is written: a note says that its original is there.
    """

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    def keep(self, intake_id: str, source: BinaryIO, note: Mapping[str, Any]) -> None:
        """Keep an original, and a note of where it came from and why it is here."""
        name = f"vault/originals/{intake_id}"
        self._store.put(name, lambda target: seal(self._keys, name, source, target), at_once=True)
        self._write(f"vault/notes/{intake_id}", note)

    def annotate(self, intake_id: str, more: Mapping[str, Any]) -> None:
        """Change what the note beside an original says. Raises NotFound."""
        self._write(f"vault/notes/{intake_id}", {**self.note(intake_id), **more})

    def holds(self, intake_id: str) -> bool:
        """Whether an original and its note are here."""
        return self._store.path(f"vault/notes/{intake_id}").is_file()

    def has_part(self, intake_id: str) -> bool:
        """Whether an original or a note is here, as one that was cut off leaves it."""
        return any(self._store.path(f"vault/{kind}/{intake_id}").is_file() for kind in ("originals", "notes"))

    def size(self, intake_id: str) -> int:
        """The bytes that a sealed original takes, a little more than its own. Raises NotFound."""
        try:
            return self._store.path(f"vault/originals/{intake_id}").stat().st_size
        except FileNotFoundError:
            raise NotFound(f"the vault has no originals/{intake_id}") from None

    def original(self, intake_id: str) -> Iterator[bytes]:
        """Yield an original's bytes. Raises NotFound."""
        return self._read(f"vault/originals/{intake_id}")

    def note(self, intake_id: str) -> dict[str, Any]:
        """The note beside an original. Raises NotFound."""
        return self._parsed(f"vault/notes/{intake_id}")

    def write_manifest(self, batch: str, manifest: Mapping[str, Any]) -> None:
        """Keep the manifest of a batch: intake ids and the paths they stand for."""
        self._write(f"vault/manifests/{batch}", manifest)

    def manifest(self, batch: str) -> dict[str, Any]:
        """The manifest of a batch. Raises NotFound."""
        return self._parsed(f"vault/manifests/{batch}")

    def discard(self, intake_id: str) -> None:
        """Remove an original and its note for good."""
        self._store.delete(f"vault/originals/{intake_id}")
        self._store.delete(f"vault/notes/{intake_id}")

    def discard_manifest(self, batch: str) -> None:
        """Remove the manifest of one batch."""
        self._store.delete(f"vault/manifests/{batch}")

    def discard_manifests(self, submission: str) -> None:
        """Remove the manifests of a submission."""
        self._store.delete_prefix(f"vault/manifests/{submission}")

    def submissions(self) -> set[str]:
        """The submissions that have manifests here."""
        return {name.split("/")[2] for name in self._store.names("vault/manifests")}

    def batches(self, submission: str) -> list[str]:
        """The batches of a submission that have manifests here."""
        names = [name.removeprefix("vault/manifests/") for name in self._store.names(f"vault/manifests/{submission}")]
        return [name for name in names if not name.endswith("/owner")]

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        text = json.dumps(value).encode()
        self._store.put(name, lambda target: seal_bytes(self._keys, name, text, target), at_once=True)

    def _parsed(self, name: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(b"".join(self._read(name)))
        return value

    def _read(self, name: str) -> Iterator[bytes]:
        try:
            with self._store.open(name) as source:
                yield from unseal(self._keys, name, source)
        except NotFound:
            raise NotFound(f"the vault has no {name.removeprefix('vault/')}") from None
