"""Asking the API in tests, without HTTP: one reader on one graph, one scope a question."""

import hmac
from collections.abc import Mapping
from typing import Any

from obia.schema.access import Role, Scope, Viewer
from obia.schema.graphql.adapter import ArchiveSchema
from obia.schema.graphql.context import Context
from obia.schema.graphql.schema import make_schema
from obia.server.graph.driver import Graph
from obia.server.plan.census import CENSUS, COUNTED, ENDS, Asks
from obia.server.plan.cursors import Cursors
from obia.server.plan.execute import execute
from obia.server.plan.reader import Candidates, GraphReader


def mac(message: bytes) -> bytes:
    """A MAC under a key of the tests."""
    return hmac.digest(b"a key of the tests", message, "sha256")


CURSORS = Cursors(mac)


def census_of(nodes: Mapping[str, int], relationships: Mapping[str, int]) -> list[list[Any]]:
    """What a graph with so many nodes by label, and relationships by type, answers to the census."""
    ends = [relationships.get(kind, 0) for kind, _ in ENDS]
    return [[[nodes.get(each, 0) for each in COUNTED], ends, ends]]


class Recorder:
    """A graph that remembers the statements it was sent."""

    def __init__(self, graph: Asks) -> None:
        self._graph = graph
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.seconds: list[float | None] = []
        self.census = census_of({}, {})

    async def read(self, text: str, parameters: Any = None, seconds: float | None = None) -> list[list[Any]]:
        """Send one statement."""
        if text == CENSUS:  # it estimates, and answers nothing
            return await self._graph.read(text) if isinstance(self._graph, Graph) else self.census
        self.sent.append((text, parameters))
        self.seconds.append(seconds)
        return await self._graph.read(text, parameters, seconds)


class Asker:
    """Asks documents of one graph."""

    def __init__(self, graph: Asks, schema: ArchiveSchema | None = None, candidates: Candidates | None = None) -> None:
        self.graph = Recorder(graph)
        self.schema = schema or make_schema()
        self._reader = GraphReader(self.graph, mac, self.schema.expressions, candidates)

    async def ask(
        self, document: str, variables: Mapping[str, Any] | None = None, scope: Scope | None = None
    ) -> dict[str, Any]:
        """The whole answer."""
        viewer = Viewer("test", Role.RESEARCHER, scope or Scope())
        return await execute(self.schema, document, variables, Context(self._reader, None, viewer))

    async def data(
        self, document: str, variables: Mapping[str, Any] | None = None, scope: Scope | None = None
    ) -> dict[str, Any]:
        """The answer's data, which has no errors beside it."""
        answer = await self.ask(document, variables, scope)
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])
