"""Cheap requests: each costs a client little, and must cost the archive and its other clients little too."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.attack.archive import Archive, Server
from tests.attack.bulk import bulk
from tests.attack.documents import documents
from tests.attack.floods import floods
from tests.attack.rows import Row
from tests.attack.walks import walks

_PARTS: tuple[Callable[[Archive, Server, Path], Iterator[Row]], ...] = (documents, floods, walks, bulk)


def cheap(archive: Archive, folder: Path) -> Iterator[Row]:
    """Each kind against an API process of its own, so that none inherits another's memory or connections."""
    for part in _PARTS:
        with archive.serving() as server:
            yield from part(archive, server, folder)
