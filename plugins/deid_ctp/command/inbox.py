"""The inbox: the files of IN in one order, each under an id that only the key can tie to its path."""

import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from obia import BadInput, NotFound
from obia.plugins.deid_ctp.command.keyfile import Key
from obia.plugins.deid_ctp.command.work import Job

_ID = 16  # bytes


@dataclass(slots=True)
class Inbox:
    """What lies in IN; `unlisted` counts folders that are links, or could not be opened."""

    root: Path
    paths: list[str] = field(default_factory=list, repr=False)
    unlisted: int = 0

    @classmethod
    def of(cls, root: Path) -> "Inbox":
        """List a folder, or a single file. Raises NotFound."""
        if root.is_file():
            return cls(root.parent, [root.name])
        if not root.is_dir():
            raise NotFound("IN is no folder and no file; name one that is")
        inbox = cls(root)
        for folder, folders, names in os.walk(root, onerror=inbox._missed):
            inbox.unlisted += sum((Path(folder) / each).is_symlink() for each in folders)
            here = os.path.relpath(folder, root)
            inbox.paths += [name if here == "." else f"{here}/{name}" for name in names]
        inbox.paths.sort(key=os.fsencode)
        if not inbox.paths and not inbox.unlisted:
            raise NotFound("IN holds no file")
        return inbox

    def _missed(self, _: OSError) -> None:
        self.unlisted += 1

    def jobs(self, key: Key) -> Iterator[Job]:
        """Every file, with its id and a digest that tells whether it has changed."""
        ids, prints = key.subkey("intake"), key.subkey("print")
        for each in self.paths:
            path = self.root / each
            yield Job(path, each, _digest(ids, os.fsencode(each)), _digest(prints, _stamp(path)))


def _stamp(path: Path) -> bytes:
    try:
        found = path.stat()
    except OSError:
        return b""
    return f"{found.st_size} {found.st_mtime_ns}".encode()


def _digest(key: bytes, message: bytes) -> str:
    return hmac.digest(key, message, "sha256")[:_ID].hex()


def refuse_overlap(inside: Path, outside: Path, names: tuple[str, str]) -> None:
    """Refuse two folders of which one lies in the other. Raises BadInput."""
    first, second = inside.resolve(), outside.resolve()
    if first == second:
        raise BadInput(f"{names[0]} and {names[1]} are the same; name two places")
    if first.is_relative_to(second):
        raise BadInput(f"{names[0]} lies in {names[1]}; name a place outside it")
    if second.is_relative_to(first):
        raise BadInput(f"{names[1]} lies in {names[0]}; name a place outside it")
