"""Walking a folder: every file below it, once, in an order that does not change."""

import os
from collections.abc import Iterator
from pathlib import Path


def walk(root: Path, left_out: list[Path] | None = None) -> Iterator[Path]:
    """Yield what lies below a root and is no folder, sorted by the bytes of its name, without recursion.

    A folder that cannot be listed is yielded itself: reading it refuses it, and the loss is seen. Links to folders
    are not entered, so that there are no loops; a link to a file is yielded if the file lies below the root. Links
    that lead out of the root, to a file or a folder, are added to `left_out`.
    """
    top = root.resolve()
    waiting = [(root, top.is_dir())]
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            yield path
            continue
        try:
            waiting += reversed(_entries(path, top, left_out))
        except OSError:
            yield path


def _entries(folder: Path, top: Path, left_out: list[Path] | None) -> list[tuple[Path, bool]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
    return [
        (folder / entry.name, entry.is_dir(follow_symlinks=False))
        for entry in entries
        if not entry.is_symlink() or _is_followed(folder / entry.name, top, left_out)
    ]


def _is_followed(link: Path, top: Path, left_out: list[Path] | None) -> bool:
    """Whether a link leads to a file below the root; one that leads nowhere is followed too, to be refused."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        return True
    is_below = target.is_relative_to(top)
    if not is_below and left_out is not None:
        left_out.append(link)
    return is_below and not target.is_dir()
