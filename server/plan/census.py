"""The census: how many nodes and relationships there are, from Neo4j's count store, to estimate what a filter walks."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from obia.schema.graph import RELATIONSHIPS, Step, readable

_SECONDS = 10.0  # how old a census may be: an estimate need not know the last batch
COUNTED = tuple(each.name for each in readable())
ENDS = tuple(
    sorted({(each.type, label) for each in RELATIONSHIPS for label in (each.source, each.target) if label in COUNTED})
)


class Asks(Protocol):
    """What is needed of the graph's driver."""

    async def read(self, text: str, parameters: Any = None, seconds: float | None = None) -> list[list[Any]]:
        """Send one READ statement."""
        ...


@dataclass(frozen=True, slots=True)
class Census:
    """Numbers of nodes by label, and of relationships by type and the label at one end."""

    nodes: Mapping[str, int]
    outgoing: Mapping[tuple[str, str], int]
    incoming: Mapping[tuple[str, str], int]

    def fan(self, step: Step) -> float:
        """How many nodes a step leads to on average, never less than one."""
        counts = self.outgoing if step.is_forward else self.incoming
        return max(1.0, counts.get((step.relationship.type, step.source), 0) / max(1, self.nodes.get(step.source, 0)))

    def walked(self, start: float, path: Sequence[Step]) -> float:
        """How many nodes the last step of a path leads to, from so many starting nodes."""
        for step in path:
            start *= self.fan(step)
        return start


class Counts:
    """Takes a census when one is needed and the last one is old; keep one a process."""

    def __init__(self, graph: Asks) -> None:
        self._graph = graph
        self._lock = asyncio.Lock()
        self._taken = -_SECONDS
        self._census = Census({}, {}, {})

    async def current(self) -> Census:
        """A census of the last seconds."""
        async with self._lock:  # who comes meanwhile waits for it: until the first one nothing would have a price
            if monotonic() - self._taken >= _SECONDS:
                [[nodes, outgoing, incoming]] = await self._graph.read(CENSUS)
                self._census = Census(
                    dict(zip(COUNTED, nodes, strict=True)),
                    dict(zip(ENDS, outgoing, strict=True)),
                    dict(zip(ENDS, incoming, strict=True)),
                )
                self._taken = monotonic()
            return self._census


def _listed(patterns: Iterable[str]) -> str:
    return f"[{', '.join(f'COUNT {{ {each} }}' for each in patterns)}]"


CENSUS = "RETURN " + ", ".join(
    (
        _listed(f"(:{label})" for label in COUNTED),
        _listed(f"(:{label})-[:{kind}]->()" for kind, label in ENDS),
        _listed(f"()-[:{kind}]->(:{label})" for kind, label in ENDS),
    )
)
