"""What resolvers speak to: a reader, a writer, and who asks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from obia.schema.access import ANONYMOUS, Sight, Viewer
from obia.schema.graph import Access
from obia.schema.graphql.jobs import Job
from obia.schema.graphql.releases import Release
from obia.schema.graphql.row import ResolveInfo


class Reader(Protocol):
    """Answers root fields from what was selected: one statement each, under the scope of the context's viewer."""

    async def one(self, info: ResolveInfo, label: str, name: str, value: str) -> object | None:
        """The node of a label whose property has this value, or None."""
        ...

    async def page(self, info: ResolveInfo, label: str) -> object:
        """The page of a label's nodes that the field's arguments ask for."""
        ...

    async def nodes(self, info: ResolveInfo, ids: Sequence[str]) -> Sequence[object | None]:
        """The nodes of these global ids, in their order, None where there is none."""
        ...

    async def similar(
        self, info: ResolveInfo, uid: str, count: int, *, exclude_same_individual: bool
    ) -> Sequence[object]:
        """The images most like one, nearest first. Raises ObiaError NO_INDEX where nobody can tell."""
        ...


class Writer(Protocol):
    """Changes the archive for a viewer, or raises Forbidden; each method is one mutation."""

    async def create_collection(
        self,
        viewer: Viewer,
        *,
        title: str,
        description: str | None,
        licence: str | None,
        access: Access,
        bio_project: str | None,
    ) -> str:
        """Make a collection and return its accession."""
        ...

    async def start_ingest(self, viewer: Viewer, collection: str, folder: str) -> str:
        """Plan the intake of a folder named in the settings and return the job's id."""
        ...

    async def cancel_ingest(self, viewer: Viewer, id: str) -> None:
        """Cancel a job that the viewer may cancel."""
        ...

    async def release_collection(self, viewer: Viewer, accession: str, reviewed: Sequence[str]) -> Release:
        """Make public what a collection holds now, and return what that newly shows and what is held back."""
        ...

    async def job(self, viewer: Viewer, id: str) -> Job | None:
        """How far a job has come, if this viewer may know."""
        ...


@dataclass(frozen=True, slots=True)
class PluginFacts:
    """What the API tells of one plugin."""

    name: str
    version: str
    hooks: tuple[str, ...] = ()
    error: str | None = None


@dataclass(slots=True)
class Context:
    """One request: who asks, from which address, and who answers. Without a writer nothing can be changed.

    The reader sets `is_clinical` when an answer tells of clinical nodes: that is put on record. It adds every text it
    sends to `planned`, and how many nodes its filters may visit to `walked`: what a request may cost is bounded over all
    its root fields.
    """

    reader: Reader
    writer: Writer | None = None
    viewer: Viewer = ANONYMOUS
    plugins: Sequence[PluginFacts] = field(default_factory=tuple)
    client: str = ""
    is_clinical: bool = False
    planned: set[str] = field(default_factory=set)
    walked: list[float] = field(default_factory=list)

    def own(self, accession: str) -> None:
        """Let the viewer see a collection that this request has made, as the next request would."""
        scope = self.viewer.scope
        if scope.sight is Sight.OWN:
            self.viewer = replace(self.viewer, scope=replace(scope, own=(*scope.own, accession)))
