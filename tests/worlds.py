"""Small worlds: some nodes of every label the API reads, with ties and absences in every property pages are ordered by."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from obia.schema.graph import RELATIONSHIPS, Label, Property, Relationship, Scalar, State, label, readable
from obia.schema.graphql.ids import encode
from obia.server.graph.driver import Graph

_WORDS = ("CT", "MR", "Lung", "lung", "肺", "a'b", "𝒳", "")  # ties, case, quotes, more than the basic plane
_NUMBERS = (0, 1, 2, -1, 2_000_000_000)
_DATES = ("2019-12-31", "2020-02-29", "2021-01-01")
_TIMES = ("2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00.001Z", "2021-06-01T12:00:00.000Z")
_ABSENT = 0.3  # of what may be absent
_COUNTS = {"Collection": 4, "Individual": 6, "Study": 8, "Series": 10, "Image": 12}
_OTHERS = 5  # nodes of any other label


@dataclass(slots=True)
class Node:
    """One node."""

    label: str
    properties: dict[str, Any]

    @property
    def key(self) -> str:
        """Its natural key."""
        return str(self.properties[label(self.label).key])


@dataclass(slots=True)
class Edge:
    """One relationship; its ends are places in the world's list of nodes."""

    relationship: Relationship
    source: int
    target: int
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    """Some nodes and relationships, as the model has them."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def of(self, name: str) -> list[int]:
        """The places of the nodes of a label."""
        return [place for place, each in enumerate(self.nodes) if each.label == name]


def world(seed: int = 0) -> World:
    """A world, the same for the same seed."""
    draw = random.Random(seed)
    made = World()
    for model in readable():
        for number in range(_COUNTS.get(model.name, _OTHERS)):
            made.nodes.append(node(model, number, draw))
    for relationship in RELATIONSHIPS:
        sources, targets = made.of(relationship.source), made.of(relationship.target)
        if sources and targets:
            made.edges.extend(_edges(relationship, sources, targets, draw))
    _settle_collections(made)
    return made


def node(model: Label, number: int, draw: random.Random) -> Node:
    """A node of a label, its natural key made from the number."""
    return Node(model.name, dict(_properties(model, number, draw)))


def id_of(node: Node) -> str:
    """The global id of a node."""
    return encode(node.label, node.key)


async def write(graph: Graph, made: World) -> None:
    """Write a world into the graph."""
    for model in readable():
        nodes = [made.nodes[place].properties for place in made.of(model.name)]
        await graph.run(f"UNWIND $rows AS row CREATE (n:{model.name}) SET n = row", {"rows": nodes})
    for relationship in RELATIONSHIPS:
        source, target = label(relationship.source), label(relationship.target)
        links = [
            [made.nodes[each.source].key, made.nodes[each.target].key, each.properties]
            for each in made.edges
            if each.relationship is relationship
        ]
        await graph.run(
            f"UNWIND $rows AS row MATCH (a:{source.name} {{{source.key}: row[0]}}) "
            f"MATCH (b:{target.name} {{{target.key}: row[1]}}) CREATE (a)-[r:{relationship.type}]->(b) SET r = row[2]",
            {"rows": links},
        )


def _properties(model: Label, number: int, draw: random.Random) -> Iterator[tuple[str, Any]]:
    for each in model.properties:
        if each.name in (model.key, "accession", "uid"):
            yield each.name, _name(model, each, number)
        elif each.name == "collection":
            yield each.name, ""  # settled when the edges are known
        elif each.name == "state":
            yield each.name, draw.choice([State.RELEASED, State.RELEASED, State.ACCEPTED]).value
        elif draw.random() > _ABSENT:
            yield each.name, _value(each, draw)


def _name(model: Label, each: Property, number: int) -> str:
    if each.name == "uid":
        return f"2.25.{number + 1}"
    if each.name == "accession":
        prefix, width = _PREFIXES[model.name]
        return f"{prefix}{number + 1:0{width}}"
    return f"{model.name[0]}/{(number * 7) % 31:02}/{number}"


_PREFIXES = {
    "Collection": ("OBIA", 4),
    "Individual": ("I", 6),
    "Study": ("S", 6),
    "BioProject": ("PRJCA", 6),
    "GsaStudy": ("HRA", 6),
    "GsaIndividual": ("HRI", 6),
    "Sample": ("HRS", 6),
    "Experiment": ("HRX", 6),
    "Run": ("HRR", 6),
    "GdcCase": ("TCGA-", 4),
}


def _value(each: Property, draw: random.Random) -> Any:
    if each.enum:
        return draw.choice(list(each.enum)).value
    choices: dict[Scalar, Any] = {
        Scalar.STRING: _WORDS,
        Scalar.INT: _NUMBERS,
        Scalar.LONG: (0, 7, 2**31, 2**53 - 1),
        Scalar.FLOAT: (0.5, 1.0, 2.25),
        Scalar.DATE: _DATES,
        Scalar.DATETIME: _TIMES,
        Scalar.BOOLEAN: (True, False),
        Scalar.STRINGS: ([], ["CT"], ["CT", "MR"], ["MR", "肺"]),
    }
    return draw.choice(choices[each.scalar])


def _edges(each: Relationship, sources: list[int], targets: list[int], draw: random.Random) -> Iterator[Edge]:
    """Every target under one source, unless it may have many, or the source only one target."""
    pairs: set[tuple[int, int]] = set()
    if not each.forward_many:
        pairs = {(source, draw.choice(targets)) for source in sources if draw.random() > _ABSENT}
    else:
        for target in targets:
            count = draw.randint(0, 2) if each.backward_many else 1
            pairs |= {(draw.choice(sources), target) for _ in range(count)}
    for source, target in sorted(pairs):
        yield Edge(each, source, target, dict(link(each, draw)))


def link(each: Relationship, draw: random.Random) -> Iterator[tuple[str, Any]]:
    """The properties of a relationship."""
    for one in each.properties:
        if one.name == "state":
            yield one.name, draw.choice([State.RELEASED, State.ACCEPTED]).value
        elif draw.random() > _ABSENT:
            yield one.name, _value(one, draw)


def _settle_collections(made: World) -> None:
    """Give every node below a collection that collection's accession, as the intake does."""
    above = {edge.target: edge.source for edge in made.edges if edge.relationship.type.startswith("HAS_")}
    for place, each in enumerate(made.nodes):
        if "collection" in each.properties:
            top = place
            while top in above:
                top = above[top]
            each.properties["collection"] = made.nodes[top].properties.get("accession", "")
