"""Graph, store and key belong together: each carries the archive's id, and none is used with those of another archive.

The id is that of the archive's key, which an archive has for life. The graph has it in its `Meta` node, the store in an
object of its own.
"""

import json
from pathlib import Path
from typing import Any, BinaryIO

from obia.schema.errors import Code, ObiaError
from obia.server.graph.driver import Graph
from obia.server.graph.statements import cypher
from obia.server.keys import Keys
from obia.server.settings import Settings
from obia.server.store.files import FileStore

MARKER = "archive.json"
_FORMAT = 1


async def require_together(graph: Graph, keys: Keys, store: FileStore, *, is_marking: bool = True) -> None:
    """Raise ObiaError KEY_WRONG or STORE_WRONG, naming what does not belong; mark a new graph and a new store if told to.

    A store without a mark is this archive's own where it has a file that the graph names, or where the graph names none;
    its folder is made for a new graph alone.
    """
    [[known, files]] = await graph.read(cypher("archive_id"))
    _require_same(known, keys)
    if not is_marked(store, keys):
        is_missing = known is not None and not store.root.exists()
        if is_missing or (files and not any(store.path(name).is_file() for name in files)):
            raise _lost(store)
        if is_marking:
            _mark(store, keys)
    if known is None and is_marking:
        await graph.run(cypher("set_key_id"), {"keyId": keys.key_id})


async def require_key(graph: Graph, keys: Keys) -> None:
    """Raise ObiaError KEY_WRONG where the graph belongs to an archive with another key."""
    [[known]] = await graph.read(cypher("key_id"))
    _require_same(known, keys)


def _require_same(known: str | None, keys: Keys) -> None:
    if known not in (None, keys.key_id):
        raise ObiaError(
            "this graph was filled under another key; put the right key file back, or the right OBIA_GRAPH_URL",
            Code.KEY_WRONG,
        )


def require_store(store: FileStore, keys: Keys) -> None:
    """Raise ObiaError STORE_WRONG where the store is gone, or is another archive's."""
    if not is_marked(store, keys):
        raise _lost(store)


def is_marked(store: FileStore, keys: Keys) -> bool:
    """Whether a store bears the archive's id. Raises ObiaError STORE_WRONG where it bears another."""
    try:
        mark: dict[str, Any] = json.loads(store.path(MARKER).read_bytes())
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        mark = {}
    if mark.get("archive") != keys.key_id:
        raise ObiaError(
            f"the store in {store.root} belongs to another archive; set OBIA_STORE_URL to this archive's own",
            Code.STORE_WRONG,
        )
    return True


async def require_no_other_archive(graph: Graph, home: Path) -> None:
    """Raise ObiaError KEY_MISSING where the graph belongs to an archive whose key is not here."""
    [[known]] = await graph.read(cypher("key_id"))
    if known is not None:
        raise key_elsewhere(home)


def require_unmarked(store: FileStore, home: Path) -> None:
    """Raise ObiaError KEY_MISSING where the store belongs to an archive whose key is not here."""
    if store.path(MARKER).exists():
        raise ObiaError(
            f"the store in {store.root} belongs to an archive whose key is not here; copy the file `key` of its OBIA_HOME "
            f"to {home / 'key'}, or set OBIA_STORE_URL to an empty folder",
            Code.KEY_MISSING,
        )


def key_elsewhere(home: Path) -> ObiaError:
    """What to say where the graph has an archive and this host has no key of it."""
    return ObiaError(
        f"the graph holds an archive whose key is not here; copy the file `key` of its OBIA_HOME to {home / 'key'}",
        Code.KEY_MISSING,
    )


def has_graph_elsewhere(settings: Settings) -> bool:
    """Whether the settings name a graph that this home did not make."""
    return settings.graph_url is not None


def _mark(store: FileStore, keys: Keys) -> None:
    mark = json.dumps({"format": _FORMAT, "archive": keys.key_id}).encode()

    def write(target: BinaryIO) -> None:
        target.write(mark)

    try:
        store.put(MARKER, write, at_once=True)
        store.sync()
    except OSError as error:
        raise ObiaError(
            f"the store in {store.root} cannot be written: {error.strerror or type(error).__name__}",
            Code.STORE_UNAVAILABLE,
        ) from None


def _lost(store: FileStore) -> ObiaError:
    return ObiaError(
        f"the store in {store.root} is not this archive's: it lacks {MARKER}; set OBIA_STORE_URL to the archive's own "
        "store, or bring it back",
        Code.STORE_WRONG,
    )
