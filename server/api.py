"""The API of an open archive: the schema with its plugins' fields, the reader and the writer, made once a process."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from obia.schema.access import Viewer
from obia.schema.graphql.context import Context, PluginFacts
from obia.schema.graphql.schema import make_schema
from obia.server.access import controlled_collections
from obia.server.log import REFUSALS
from obia.server.plan.execute import execute
from obia.server.plan.reader import GraphReader
from obia.server.retrieval.search import Search

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

log = logging.getLogger(REFUSALS)


class Api:
    """Answers documents for viewers."""

    def __init__(self, archive: "OpenArchive") -> None:
        from obia.server.http.writer import ArchiveWriter

        self.schema = make_schema(tuple(archive.plugins.registered.extensions))
        self._reader = GraphReader(
            archive.graph,
            lambda message: archive.keys.mac("cursor", message),
            self.schema.expressions,
            Search(archive),
            archive.settings.anonymous_seconds,
        )
        self._writer = ArchiveWriter(archive)
        self._audit = archive.audit
        self._plugins = [
            PluginFacts(each.name, each.version, each.hooks, each.error) for each in archive.plugins.loaded
        ]

    async def ask(
        self,
        viewer: Viewer,
        document: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        client: str = "",
        is_read_only: bool = False,
    ) -> dict[str, Any]:
        """Answer a document: `data`, and `errors` with codes. What cannot be put on record is not answered: OSError, ObiaError."""
        context = Context(self._reader, self._writer, viewer, self._plugins, client)
        answer = await execute(self.schema, document, variables, context, operation_name, is_read_only=is_read_only)
        for each in answer.get("errors", ()):
            log.info("refused with %s", each["extensions"]["code"])
        controlled = controlled_collections(context.viewer.scope)  # a mutation may have added to it
        if context.is_clinical and controlled:
            await asyncio.to_thread(self._audit.record, viewer, "clinical.read", controlled)
        return answer
