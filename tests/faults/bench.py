"""The bench on which runs are disturbed: one corpus, one key, and what a run that nothing disturbed leaves."""

import asyncio
from pathlib import Path

from obia.server.graph.check import drifts
from obia.server.keys import Keys
from obia.server.orphans import orphans
from obia.server.settings import Settings
from obia.server.store.files import open_store
from obia.server.vault.vault import Vault
from tests.conftest import connect, wipe
from tests.faults import disturbed

COLLECTION = ("--collection", "OBIA0001")


class Bench:
    """One corpus, one key, and the fingerprint of a run that nothing disturbed."""

    def __init__(self, folder: Path) -> None:
        self.corpus = disturbed.corpus(folder / "corpus")
        self.ingest = ("ingest", str(self.corpus), *COLLECTION)
        self._folder = folder
        self._homes = 0
        self._calm: dict[str, list[str]] = {}

    def calm(self, settings: Settings) -> dict[str, list[str]]:
        """The fingerprint of an undisturbed run, made once."""
        if not self._calm:
            fresh = self.fresh(settings)
            run = disturbed.obia(fresh, *self.ingest)
            assert run.returncode == 0, run.stderr
            self._calm = disturbed.fingerprint(fresh)
        return self._calm

    def fresh(self, settings: Settings) -> Settings:
        """An empty graph with one collection, and a home of its own under the same key."""
        asyncio.run(wipe(settings))
        self._homes += 1
        key = self._folder / "key"
        if not key.exists():
            key.write_bytes((settings.home / "key").read_bytes())
        fresh = disturbed.fresh(settings, self._folder / f"home{self._homes}", key)
        asyncio.run(disturbed.add_collection(fresh))
        return fresh


def assert_whole(settings: Settings, calm: dict[str, list[str]]) -> None:
    """What a disturbed run left is what the calm one left, and every kept count is right."""
    assert not disturbed.difference(calm, disturbed.fingerprint(settings))
    assert not asyncio.run(_drifts(settings))
    assert not asyncio.run(_orphans(settings))


async def _drifts(settings: Settings) -> list[object]:
    async with connect(settings) as graph:
        return [each async for each in drifts(graph, open_store(settings))]


async def _orphans(settings: Settings) -> list[str]:
    store = open_store(settings)
    async with connect(settings) as graph:
        return await orphans(graph, store, Vault(store, Keys.load(settings.home / "key")))
