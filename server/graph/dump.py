"""The graph as JSON lines, keyed by natural keys: equal graphs give equal dumps, whatever Neo4j calls their nodes."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

from obia.schema.graph import LABELS, RELATIONSHIPS, Label
from obia.server.graph.driver import Graph

_PAGE = 5_000  # rows held at once


async def dump(graph: Graph) -> AsyncIterator[str]:
    """Every node, then every relationship, one JSON object a line, sorted by label or type and natural key."""
    for label in sorted(LABELS, key=lambda each: each.name):
        async for row in _pages(graph, _node_text(label)):
            yield _line({"label": label.name, "key": row[0], "properties": row[1]})
    for type_, source, target in sorted({(each.type, each.source, each.target) for each in RELATIONSHIPS}):
        async for row in _pages(graph, _relationship_text(type_, source, target)):
            ends = {"from": [source, row[0]], "to": [target, row[1]]}
            yield _line({"type": type_, **ends, "properties": row[2]})


def _node_text(label: Label) -> str:
    return (
        f"MATCH (n:{label.name}) RETURN n.{label.key} AS key, properties(n) AS p ORDER BY key SKIP $skip LIMIT $limit"
    )


def _relationship_text(type_: str, source: str, target: str) -> str:
    keys = {each.name: each.key for each in LABELS}
    return (
        f"MATCH (a:{source})-[r:{type_}]->(b:{target}) RETURN a.{keys[source]} AS x, b.{keys[target]} AS y, "
        "properties(r) AS p ORDER BY x, y SKIP $skip LIMIT $limit"
    )


async def _pages(graph: Graph, text: str) -> AsyncIterator[list[Any]]:
    skip = 0
    while rows := await graph.read(text, {"skip": skip, "limit": _PAGE}, seconds=600):
        for row in rows:
            yield row
        skip += len(rows)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"the graph holds a {type(value).__name__}, which the model does not know")
