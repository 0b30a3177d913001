"""An open archive: settings, graph, key, vault, store and plugins, made together and closed together."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from obia.schema.access import ADMINISTRATOR, Scope, Viewer
from obia.schema.errors import ObiaError
from obia.schema.graph import label as label_of
from obia.schema.values import Finding
from obia.server.audit import Audit
from obia.server.changing import Aftermath, Change, Changes
from obia.server.graph.driver import Graph
from obia.server.graph.migrations import migrate
from obia.server.host.plugins import TRUSTED_ZONE, Plugins, load
from obia.server.keys import Keys
from obia.server.orphans import discard_unlisted, remove
from obia.server.services.waiting import graph_is_back
from obia.server.settings import Secret, Settings
from obia.server.store.files import FileStore, open_store
from obia.server.together import require_key, require_together
from obia.server.vault.vault import Vault

if TYPE_CHECKING:
    from obia.server.api import Api

log = logging.getLogger(__name__)
_PATIENCE = 60.0  # s that a command waits for a graph that goes away under it, as when it opens the archive


@dataclass(slots=True)
class OpenArchive:
    """Everything a command, a worker or the API works with."""

    settings: Settings
    graph: Graph
    keys: Keys
    store: FileStore
    vault: Vault
    plugins: Plugins
    audit: Audit
    changes: Changes
    redis_url: Secret
    _api: "Api | None" = None

    def changing(self, viewer: Viewer, action: str, subject: str) -> AbstractAsyncContextManager[Change]:
        """Make a change that is recorded before it happens: `async with ... as change: await change.write(work)`.

        Where it cannot be recorded nothing is changed: ObiaError AUDIT_UNWRITABLE.
        """
        return self.changes.begin(viewer, action, subject)

    async def accession(self, scope: Scope, label: str, key: str) -> str | None:
        """The accession of a node by its natural key, if the scope sees it."""
        document = f"query($id: ID!) {{ node(id: $id) {{ ... on {label_of(label).name} {{ accession }} }} }}"
        answer = await self.query(scope, document, {"id": _id(label, key)})
        node = (answer.get("data") or {}).get("node")
        return node["accession"] if node else None

    async def find(self, finding: Finding) -> None:
        """Put a finding on record."""
        from obia.server.intake.findings import record

        await record(self.graph, [finding])

    async def query(self, scope: Scope, document: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """Ask GraphQL under a scope; nothing can be changed this way."""
        return await self.api.ask(replace(ADMINISTRATOR, scope=scope), document, variables, is_read_only=True)

    @property
    def api(self) -> "Api":
        """The API, made when first asked for."""
        if self._api is None:
            from obia.server.api import Api

            self._api = Api(self)
        return self._api


def _id(label: str, key: str) -> str:
    from obia.schema.graphql.ids import encode

    return encode(label, key)


@asynccontextmanager
async def open_archive(settings: Settings, *, is_api: bool = False) -> AsyncIterator[OpenArchive]:
    """Open the archive of these settings, starting its servers where it runs its own.

    For the API alone, plugins register nothing that reads originals.
    Raises ObiaError: no key (`obia init` first), services that do not start, a graph of another schema version,
    a required plugin that cannot run.
    """
    from obia.server.services import ensure

    keys = Keys.load(settings.home / "key")
    plugins = load(settings, without=TRUSTED_ZONE if is_api else ())
    endpoints = ensure(settings)
    store = open_store(settings)
    patience = 0.0 if is_api else _PATIENCE
    async with Graph(endpoints.graph_url, endpoints.graph_user, endpoints.graph_password, patience=patience) as graph:
        await graph_is_back(settings, graph)
        await require_key(graph, keys)  # another archive's graph is not migrated
        await migrate(graph)
        await require_together(graph, keys, store)
        store.sweep()
        vault, audit = Vault(store, keys), Audit(settings.home)
        changes = Changes(graph, audit, _aftermath(graph, store, vault))
        await _complete(changes)
        archive = OpenArchive(settings, graph, keys, store, vault, plugins, audit, changes, endpoints.redis_url)
        plugins.archive.open(archive)
        plugins.started()
        try:
            yield archive
        finally:
            plugins.stopping()


def _aftermath(graph: Graph, store: FileStore, vault: Vault) -> Mapping[str, Aftermath]:
    """What leaves store and vault once the graph no longer lists it, by audited action."""

    async def discard(intake_id: str) -> None:
        await discard_unlisted(graph, vault, [intake_id])

    async def sweep(name: str) -> None:
        await remove(graph, store, vault, name)

    return {"quarantine.discard": discard, "graph.sweep": sweep}


async def _complete(changes: Changes) -> None:
    """Complete the changes of processes that died; a log that cannot be written stops changes, not reading."""
    try:
        await changes.reconcile()
    except ObiaError as error:
        log.warning("changes without an outcome: %s; `obia audit verify` names them", error.message)
