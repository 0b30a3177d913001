"""Drift: where a kept count differs from what it counts, and where the graph names what store or vault lack."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from obia.server.graph.driver import Graph
from obia.server.graph.statements import cypher
from obia.server.store.files import Store

_COUNTS = ("drift_series", "drift_studies", "drift_individuals", "drift_collections")


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as it should be: label, natural key, what is kept and what is there."""

    label: str
    key: str
    kept: str
    found: str


async def drifts(graph: Graph, store: Store) -> AsyncIterator[Drift]:
    """Every drift of the graph's kept counts, and every stored file and quarantined original that is missing."""
    for name in _COUNTS:
        for label, key, kept, found in await graph.read(cypher(name), seconds=600):
            yield Drift(label, key, str(kept), str(found))
    for label, uid, file in await graph.read(cypher("stored_files"), seconds=600):
        if not store.path(file).is_file():
            yield Drift(label, uid, "a file in the store", "none")
    for [intake_id] in await graph.read(cypher("held_originals"), seconds=600):
        for kind, noun in (("originals", "an original"), ("notes", "a note")):
            if not store.path(f"vault/{kind}/{intake_id}").is_file():
                yield Drift("Quarantined", intake_id, f"{noun} in the vault", "none")
