"""A store in a folder: named objects, written whole or not at all."""

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import BinaryIO, Protocol
from urllib.parse import quote, unquote, urlsplit

from obia.schema.errors import Code, NotFound, ObiaError
from obia.server.process import is_dead, this_process
from obia.server.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_STAGING = ".staging"
_OLD = 86_400.0  # s since the last write to a draft: no object takes that long


class Store(Protocol):
    """Named objects. A name is slash-separated words of letters, digits, dot, dash and underscore."""

    def put(self, name: str, write: Callable[[BinaryIO], None], *, at_once: bool = False) -> None:
        """Write an object whole: it is there under its name with all its bytes, or not at all.

        Unless it is durable `at_once`, that holds through a power cut from the next `sync` on.
        """
        ...

    def sync(self) -> None:
        """Make the names put so far survive a power cut."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open an object for reading. Raises NotFound."""
        ...

    def path(self, name: str) -> Path:
        """Where the object lies on this host."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """The names below a prefix, sorted."""
        ...

    def delete(self, name: str) -> None:
        """Remove an object, if it is there."""
        ...

    def delete_prefix(self, prefix: str) -> None:
        """Remove everything below a prefix."""
        ...


class FileStore:
    """A folder as a store: tmp, fsync, rename; `sync` makes the folders durable too.

    One that `defers` leaves the bytes of its objects to `sync` as well, which then has the file system write all at once:
    for who names no object before that. Where the system cannot do so (`syncfs` is Linux's), each is synced by itself.
    """

    def __init__(self, root: Path, *, defers: bool = False) -> None:
        self._root = root
        self._syncfs = _syncfs() if defers else None
        self._descriptor: int | None = None
        self._staging = root / _STAGING
        self._touched: set[Path] = set()

    @property
    def root(self) -> Path:
        """The folder."""
        return self._root

    def put(self, name: str, write: Callable[[BinaryIO], None], *, at_once: bool = False) -> None:
        """Write an object whole. Raises OSError (ENOSPC, EFBIG) with nothing left behind."""
        target = self.path(name)
        self._begin()
        draft = self._staging / f"{quote(this_process(), safe='')}.{secrets.token_hex(8)}"
        try:
            with self._drafted(draft) as stream:
                write(stream)
                if at_once or self._syncfs is None:
                    stream.flush()
                    os.fsync(stream.fileno())
            self._place(draft, target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        self._touched.add(target.parent)

    def _drafted(self, draft: Path) -> BinaryIO:
        """Open a draft; its folder is missing once."""
        try:
            return draft.open("xb")
        except FileNotFoundError:
            self._make(self._staging)
            return draft.open("xb")

    def _place(self, draft: Path, target: Path) -> None:
        """Give a draft its name; the folder is missing once."""
        try:
            draft.rename(target)
        except FileNotFoundError:
            self._make(target.parent)
            draft.rename(target)

    def sync(self) -> None:
        """Make durable whatever a `put` touched since the last call. Raises OSError: then nothing of it may be relied on."""
        touched, self._touched = self._touched, set()
        if self._syncfs is None:
            for folder in touched:
                _fsync(folder)
        elif touched and self._descriptor is not None:
            self._syncfs(self._descriptor)

    def _begin(self) -> None:
        """Open the folder before anything is written: the system tells a descriptor of errors since it was opened."""
        if self._syncfs is not None and self._descriptor is None:
            self._root.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._root, os.O_RDONLY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, self._descriptor)

    def open(self, name: str) -> BinaryIO:
        """Open an object for reading. Raises NotFound."""
        try:
            return self.path(name).open("rb")
        except FileNotFoundError:
            raise NotFound(f"the store has no {name}") from None

    def path(self, name: str) -> Path:
        """Where the object lies. Raises ValueError for what is not a name."""
        if not _NAME.fullmatch(name):
            raise ValueError("not the name of an object")
        return self._root / name

    def names(self, prefix: str) -> Iterator[str]:
        """The names below a prefix, sorted; a folder that another process removes meanwhile is passed over."""
        found = (Path(place, name) for place, _, names in os.walk(self.path(prefix)) for name in names)
        yield from sorted(path.relative_to(self._root).as_posix() for path in found)

    def delete(self, name: str) -> None:
        """Remove an object, if it is there."""
        self.path(name).unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> None:
        """Remove everything below a prefix."""
        shutil.rmtree(self.path(prefix), ignore_errors=True)

    def sweep(self) -> int:
        """Remove the drafts of processes that are known dead, which those of other hosts are not; return how many."""
        swept = 0
        for draft in self._staging.glob("*.*"):
            if _is_left(draft):
                draft.unlink(missing_ok=True)
                swept += 1
        return swept

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        self._touched.update(each.parent for each in missing)


def _is_left(draft: Path) -> bool:
    """Whether nobody writes a draft any more. An earlier version named a pid without its host: then its age decides."""
    owner = unquote(draft.name.rpartition(".")[0])
    if "|" in owner:
        return is_dead(owner)
    try:
        return time() - draft.stat().st_mtime > _OLD
    except FileNotFoundError:
        return False


def _syncfs() -> Callable[[int], None] | None:
    """What writes all of the file system that a descriptor is of, where the C library has it (syncfs(2))."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        return None

    def sync(descriptor: int) -> None:
        if call(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return sync


def _fsync(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_store(settings: Settings) -> FileStore:
    """The store that the settings name; its folder is made when something is written. Raises STORE_UNAVAILABLE."""
    root = settings.home / "store"
    if settings.store_url:
        root = Path(unquote(urlsplit(settings.store_url).path))
    if root.exists() and not root.is_dir():
        raise ObiaError(f"{root}, the store, is not a folder; set OBIA_STORE_URL to one", Code.STORE_UNAVAILABLE)
    return FileStore(root, defers=True)
