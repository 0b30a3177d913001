"""Where the files of a batch are read from: from where they lie or, for quarantined ones, from the vault.

An original of the vault is decrypted into anonymous memory, which has no name and is gone when it is closed: outside
the vault no original is stored.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from obia.schema.errors import Code, ObiaError
from obia.server.vault.vault import Vault

_MEMORY = Path("/proc/self/fd")


@contextmanager
def sources(vault: Vault, manifest: Mapping[str, Any]) -> Iterator[list[tuple[str, Path]]]:
    """The intake ids of a batch and the paths to read, valid inside the `with`. Raises NotFound, ObiaError."""
    if not manifest.get("isFromVault"):
        yield [(intake_id, Path(path)) for intake_id, path in manifest["files"]]
        return
    with ExitStack() as stack:
        yield [(intake_id, stack.enter_context(_unsealed(vault, intake_id))) for intake_id, _ in manifest["files"]]


def is_from_vault(path: Path) -> bool:
    """Whether a path leads to an original that was decrypted into memory."""
    return path.parent == _MEMORY


@contextmanager
def _unsealed(vault: Vault, intake_id: str) -> Iterator[Path]:
    if not hasattr(os, "memfd_create"):
        raise ObiaError("originals of the vault can be processed again on Linux alone", Code.UNSUPPORTED)
    descriptor = os.memfd_create("original", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as memory:
            for chunk in vault.original(intake_id):
                memory.write(chunk)
        yield _MEMORY / str(descriptor)
    finally:
        os.close(descriptor)
