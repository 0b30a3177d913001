"""The images most like one: a code looked up in the graph, its neighbours in the snapshot of all codes.

There are two sets of codes: all of them, and those of public images. What comes out is not yet fit to be shown: the
caller asks the graph which of the hits, and whether the image itself, its viewer may see.
"""

import asyncio
from typing import TYPE_CHECKING

from obia.schema.errors import Code, ObiaError
from obia.schema.protocols import Encoder, Index, SearchableIndex
from obia.schema.values import EncoderIdentity, Hit
from obia.server.graph.statements import cypher
from obia.server.retrieval.snapshots import Snapshots

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive


class Search:
    """Asks the first registered encoder's codes through the first registered index; keep one a process."""

    def __init__(self, archive: "OpenArchive") -> None:
        self._graph = archive.graph
        self._registered = archive.plugins.registered
        self._snapshots = Snapshots(archive.graph, archive.settings.home / "index")
        self._built: dict[bool, tuple[tuple[str, int], SearchableIndex]] = {}
        self._building = asyncio.Lock()

    async def candidates(
        self, uid: str, count: int, *, exclude_same_individual: bool = False, is_public: bool = False
    ) -> list[Hit] | None:
        """Return the nearest `count` other images, by distance and then by UID; None when the image has no code.

        `is_public` leaves out images that are not public. A caller that asks for more than there are gets them all: so
        one that hides some may ask again for more.
        Raises ObiaError NO_INDEX where no plugin brought an encoder and an index.
        """
        encoder, index = self._engines()
        identity = encoder.identity
        [[generation, bits]] = await self._graph.read(cypher("code_of_image"), {"identity": identity.key, "uid": uid})
        if bits is None:
            return None
        left_out = await self._same_individual(uid) if exclude_same_individual else {uid}
        codes = await self._current(identity, index, generation, is_public=is_public)
        hits = await asyncio.to_thread(codes.search, bytes(bits), count + len(left_out))
        return [hit for hit in hits if hit.uid not in left_out][:count]

    def _engines(self) -> tuple[Encoder, Index]:
        encoder = next(iter(self._registered.encoders.values()), None)
        index = next(iter(self._registered.indexes.values()), None)
        if encoder is None or index is None:
            raise ObiaError("no plugin brought an encoder and an index; see `obia plugins`", Code.NO_INDEX)
        return encoder, index

    async def _same_individual(self, uid: str) -> set[str]:
        [[uids]] = await self._graph.read(cypher("images_of_same_individual"), {"uid": uid})
        return {uid, *uids}

    async def _current(
        self, identity: EncoderIdentity, index: Index, generation: int, *, is_public: bool
    ) -> SearchableIndex:
        async with self._building:
            wanted = (identity.key, generation)
            if is_public not in self._built or self._built[is_public][0] != wanted:
                snapshot = await self._snapshots.current(identity, generation, is_public=is_public)
                self._built[is_public] = wanted, await asyncio.to_thread(index.build, snapshot.uids, snapshot.codes)
            return self._built[is_public][1]
