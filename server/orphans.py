"""Orphans: what lies in store or vault and the graph does not list, left by a process that was killed or overtaken."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from obia.schema.access import Viewer
from obia.schema.errors import NotFound, ObiaError
from obia.server.graph.driver import Graph, Transaction
from obia.server.graph.statements import cypher
from obia.server.process import is_dead
from obia.server.store.files import Store
from obia.server.vault.vault import Vault

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

_MANIFESTS = "vault/manifests/"


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the graph lists, or may list soon: names without suffix, submissions, and batches that are not done."""

    names: frozenset[str]
    submissions: frozenset[str]
    batches: frozenset[str]


async def orphans(graph: Graph, store: Store, vault: Vault) -> list[str]:
    """What the graph does not list and no unfinished intake may list yet, sorted: a file and its header as one name.

    `images/BATCH/ID`, `vault/ID` for an original and its note, and `vault/manifests/SUBMISSION`.
    """
    # before the graph is asked: what a living process stores meanwhile is not looked at, what it stored is listed then
    found = sorted(set(await asyncio.to_thread(lambda: list(_found(store)))))
    listed = await _listed(graph, vault)
    return [each for each in found if _is_orphan(each, listed, vault) and _is_there(store, each)]


async def sweep(archive: "OpenArchive", viewer: Viewer, names: Iterable[str]) -> None:
    """Remove orphans, each an audited change."""
    for each in names:
        async with archive.changing(viewer, "graph.sweep", each) as change:  # what follows it is `remove`
            await change.write(lambda tx: tx.run(cypher("lock_graph")))


async def remove(graph: Graph, store: Store, vault: Vault, name: str) -> None:
    """Remove one orphan; done twice it changes nothing."""
    if name.startswith("images/"):
        for part in _parts(name):
            store.delete(part)
    elif name.startswith(_MANIFESTS):
        vault.discard_manifests(name.removeprefix(_MANIFESTS))
    else:
        await discard_unlisted(graph, vault, [name.removeprefix("vault/")])


async def discard_unlisted(graph: Graph, vault: Vault, intake_ids: Sequence[str]) -> None:
    """Remove from the vault what is not quarantined, under the lock without which nothing is quarantined."""
    if not intake_ids:
        return

    async def work(tx: Transaction) -> None:
        await tx.run(cypher("lock_graph"))
        for [intake_id] in await tx.run(cypher("unlisted"), {"ids": sorted(intake_ids)}):
            vault.discard(intake_id)

    await graph.write(work)


def is_abandoned(vault: Vault, submission: str) -> bool:
    """Whether the process that wrote a submission's manifests died before it planned it."""
    try:
        return is_dead(vault.manifest(f"{submission}/owner")["owner"])
    except NotFound:
        return True  # it is written first and removed with the rest: a removal was cut off


def _found(store: Store) -> Iterator[str]:
    for name in store.names("images"):
        yield str(PurePosixPath(name).with_suffix(""))
    for name in store.names("vault"):
        _, kind, rest, *_ = name.split("/")
        yield f"{_MANIFESTS}{rest}" if kind == "manifests" else f"vault/{rest}"


async def _listed(graph: Graph, vault: Vault) -> _Listed:
    files = await graph.read(cypher("stored_files"), seconds=600)
    [[quarantined, unheld, submissions, batches]] = await graph.read(cypher("listed_objects"), seconds=600)
    names = {str(PurePosixPath(file).with_suffix("")) for _, _, file in files}
    names |= {f"images/{batch}/{intake_id}" for batch, intake_id in unheld}  # a clean copy may stand in for an original
    offered = await asyncio.to_thread(lambda: [each for batch in batches for each in _offered(vault, batch)])
    names |= {f"vault/{intake_id}" for intake_id in (*quarantined, *offered)}
    return _Listed(frozenset(names), frozenset(submissions), frozenset(batches))


def _offered(vault: Vault, batch: str) -> list[str]:
    """The intake ids of a batch."""
    try:
        return [intake_id for intake_id, _ in vault.manifest(batch)["files"]]
    except ObiaError:
        return []


def _is_orphan(name: str, listed: _Listed, vault: Vault) -> bool:
    if name in listed.names:
        return False
    if name.startswith("images/"):
        return name.removeprefix("images/").rpartition("/")[0] not in listed.batches
    if name.startswith(_MANIFESTS):
        submission = name.removeprefix(_MANIFESTS)
        return submission not in listed.submissions and is_abandoned(vault, submission)
    return True


def _is_there(store: Store, name: str) -> bool:
    return any(store.path(part).exists() for part in _parts(name))


def _parts(name: str) -> tuple[str, ...]:
    """The objects of a name."""
    if name.startswith("images/"):
        return f"{name}.dcm", f"{name}.json"
    intake_id = name.removeprefix("vault/")
    return (name,) if name.startswith(_MANIFESTS) else (f"vault/originals/{intake_id}", f"vault/notes/{intake_id}")
