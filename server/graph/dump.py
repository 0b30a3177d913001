"""The graph as JSON lines, keyed by natural keys: equal graphs give equal dumps, whatever Neo4j calls their nodes."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

from obia.schema.graph import LABELS, RELATIONSHIPS, Label
from obia.server.graph.driver import Graph

_PAGE = 5_000  # nodes held at once
_SOURCES = 100  # nodes whose relationships are held at once: a series may have thousands of images
_KEYS = {each.name: each.key for each in LABELS}


async def dump(graph: Graph) -> AsyncIterator[str]:
    """Every node, then every relationship, one JSON object a line, sorted by label or type and natural key.

    Each page begins behind the last key of the one before, in the order of the key's index: no row is read twice.
    """
    for label in sorted(LABELS, key=lambda each: each.name):
        async for key, properties in _nodes(graph, label):
            yield _line({"label": label.name, "key": key, "properties": properties})
    for type_, source, target in sorted({(each.type, each.source, each.target) for each in RELATIONSHIPS}):
        async for one, other, properties in _relationships(graph, type_, source, target):
            ends = {"from": [source, one], "to": [target, other]}
            yield _line({"type": type_, **ends, "properties": properties})


async def _nodes(graph: Graph, label: Label) -> AsyncIterator[list[Any]]:
    """Key and properties of every node of a label, by key."""
    async for row in _pages(graph, node_text(label), _PAGE):
        yield row


async def _relationships(graph: Graph, type_: str, source: str, target: str) -> AsyncIterator[list[Any]]:
    """Keys of both ends and properties of every relationship, a page of sources at a time."""
    async for key, others in _pages(graph, relationship_text(type_, source, target), _SOURCES):
        for other, properties in others:
            yield [key, other, properties]


def node_text(label: Label) -> str:
    """The statement of one page of nodes."""
    return (
        f"MATCH (n:{label.name}) WHERE n.{label.key} > $after "
        f"RETURN n.{label.key} AS key, properties(n) ORDER BY key LIMIT $limit"
    )


def relationship_text(type_: str, source: str, target: str) -> str:
    """The statement of one page of nodes with their relationships of a type."""
    one, other = _KEYS[source], _KEYS[target]
    return (
        f"MATCH (a:{source}) WHERE a.{one} > $after WITH a ORDER BY a.{one} LIMIT $limit "
        f"RETURN a.{one} AS key, COLLECT {{ MATCH (a)-[r:{type_}]->(b:{target}) "
        f"RETURN [b.{other}, properties(r)] ORDER BY b.{other} }} ORDER BY key"
    )


async def _pages(graph: Graph, text: str, size: int) -> AsyncIterator[list[Any]]:
    after = ""
    while rows := await graph.read(text, {"after": after, "limit": size}, seconds=600):
        for row in rows:
            yield row
        after = rows[-1][0]


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"the graph holds a {type(value).__name__}, which the model does not know")
