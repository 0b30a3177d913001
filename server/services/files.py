"""Files that servers and downloads depend on: private, written whole, locked; what the disk refuses is one clear line."""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from obia.schema.errors import Code, ObiaError

_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@contextmanager
def writing(folder: Path, setting: str) -> Iterator[None]:
    """Turn what the disk refuses while we write into a folder into DISK_FULL or HOME_UNWRITABLE."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ObiaError(f"{folder}: the disk is full; free some space and try again", Code.DISK_FULL) from error
        way_out = f"make it writable or set {setting} to another folder"
        raise ObiaError(f"{folder} cannot be written ({error.strerror}); {way_out}", Code.HOME_UNWRITABLE) from error


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner may enter, with its parents."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file whole, readable by its owner alone, and durable before it has its name."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path, blocking: bool = True) -> Iterator[None]:
    """Hold a lock file; it is free again when this process ends, however it ends. Raises BlockingIOError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
