"""Snapshots: all codes of one encoder at one generation, or those of public images, as a file that every process maps.

The graph is the record, the file a cache: a missing, damaged or stale one is made again from the graph.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from obia.schema.values import EncoderIdentity
from obia.server.graph.driver import Graph
from obia.server.graph.statements import cypher
from obia.server.retrieval.codefile import CodeFile, Damaged, read_codes, writing

log = logging.getLogger(__name__)

_PAGE = 50_000  # codes read in one statement: about 4 MB over Bolt
_SAMPLES = 16  # codes compared with the graph before a file of another process is believed


class Snapshots:
    """The snapshot files of one archive on this host, below OBIA_HOME/index."""

    def __init__(self, graph: Graph, folder: Path, page: int = _PAGE) -> None:
        self._graph = graph
        self._folder = folder
        self._page = page

    async def current(self, identity: EncoderIdentity, generation: int, *, is_public: bool = False) -> CodeFile:
        """The codes of an encoder at a generation: the file where it is sound, else read from the graph and written."""
        stem = f"{_stem(identity)}{'-public' if is_public else ''}"
        path = self._folder / f"{stem}-{generation}.codes"
        try:
            snapshot = await asyncio.to_thread(read_codes, path, identity.key, generation)
            if await self._agrees(snapshot, identity):
                return snapshot
            log.warning("the snapshot %s is not of this graph; it is made anew", path.name)
        except FileNotFoundError:
            pass
        except Damaged:
            log.warning("the snapshot %s is damaged; it is made anew", path.name)
        return await self._rebuilt(identity, generation, path, is_public=is_public)

    async def _rebuilt(self, identity: EncoderIdentity, generation: int, path: Path, *, is_public: bool) -> CodeFile:
        stem = path.name.removesuffix(f"{generation}.codes")
        with writing(path, identity.key, generation, identity.bits // 8) as draft:
            async for page in self._pages(identity, "public_codes" if is_public else "codes"):
                draft.add([uid for uid, _ in page], [bytes(bits) for _, bits in page])
        for other in self._folder.glob(f"{stem}*.codes"):
            if other != path and other.name.removeprefix(stem).removesuffix(".codes").isdecimal():
                other.unlink(missing_ok=True)
        return await asyncio.to_thread(read_codes, path, identity.key, generation)

    async def _pages(self, identity: EncoderIdentity, statement: str) -> AsyncIterator[list[tuple[str, bytes]]]:
        prefix = f"{identity.key}/"
        last = ""
        while True:
            parameters = {"prefix": prefix, "after": prefix + last, "limit": self._page}
            [[page]] = await self._graph.read(cypher(statement), parameters)
            if not page:
                return
            last = page[-1][0]
            yield page

    async def _agrees(self, snapshot: CodeFile, identity: EncoderIdentity) -> bool:
        """Whether some codes of the file stand in the graph: a graph filled anew may reach an old file's generation."""
        rows = range(0, len(snapshot.uids), max(1, len(snapshot.uids) // _SAMPLES))
        ours = {f"{identity.key}/{snapshot.uids[row]}": snapshot.codes[row].tobytes() for row in rows}
        [[found]] = await self._graph.read(cypher("some_codes"), {"keys": sorted(ours)})
        return {key: bytes(bits) for key, bits in found} == ours


def _stem(identity: EncoderIdentity) -> str:
    return hashlib.sha256(identity.key.encode()).hexdigest()[:16]
