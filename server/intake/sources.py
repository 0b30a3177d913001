"""Where the files of a batch are read from: from where they lie or, for quarantined ones, from the vault.

An original of the vault is decrypted into anonymous memory, which has no name and is gone when it is closed: outside
the vault no original is stored.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from obia.schema.errors import BadInput, Code, NotFound, ObiaError
from obia.server.intake.suspects import Suspects
from obia.server.vault.vault import Vault

MOST = 256 << 20  # bytes of one original that is decrypted into memory, and of all that are there at once
_MEMORY = Path("/proc/self/fd")


@dataclass(slots=True)
class Sources:
    """The intake ids of a batch and the paths to read; and those that cannot be decrypted, each with the reason."""

    files: list[tuple[str, Path]] = field(default_factory=list)
    failed: list[tuple[str, Code]] = field(default_factory=list)


@contextmanager
def sources(vault: Vault, manifest: Mapping[str, Any], suspects: Suspects) -> Iterator[Sources]:
    """What to read for a batch; its paths are valid inside the `with`. Raises ObiaError UNSUPPORTED."""
    if not manifest.get("isFromVault"):
        yield Sources([(intake_id, Path(path)) for intake_id, path in manifest["files"]])
        return
    if not hasattr(os, "memfd_create"):
        raise ObiaError("originals of the vault can be processed again on Linux alone", Code.UNSUPPORTED)
    with ExitStack() as stack:
        found = Sources()
        for intake_id, _ in manifest["files"]:
            try:
                with suspects.under_work(intake_id):
                    found.files.append((intake_id, stack.enter_context(_decrypted(vault, intake_id))))
            except ObiaError as error:
                found.failed.append((intake_id, error.code))
        yield found


def require_original(vault: Vault, intake_id: str) -> None:
    """Raise NotFound, BadInput where the vault has no original that can be processed again."""
    if not vault.holds(intake_id):
        raise NotFound(f"the vault has no original of {intake_id}; discard it and offer the file again")
    if "standIn" in vault.note(intake_id):
        raise NotFound(
            f"the vault has the clean copy of {intake_id} alone, since the original was gone or another file lay in its "
            "place; discard it and offer the file again"
        )
    if vault.size(intake_id) > MOST:
        raise BadInput(
            f"{intake_id} is larger than the {MOST >> 20} MiB that are decrypted into memory; discard what contradicts "
            "it, then offer the file again"
        )


def has_original(vault: Vault, intake_id: str) -> bool:
    """Whether the vault has an original that can be processed again."""
    try:
        require_original(vault, intake_id)
    except ObiaError:
        return False
    return True


def is_from_vault(path: Path) -> bool:
    """Whether a path leads to an original that was decrypted into memory."""
    return path.parent == _MEMORY


@contextmanager
def _decrypted(vault: Vault, intake_id: str) -> Iterator[Path]:
    descriptor = os.memfd_create("original", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as memory:
            for chunk in vault.original(intake_id):
                memory.write(chunk)
        yield _MEMORY / str(descriptor)
    finally:
        os.close(descriptor)
