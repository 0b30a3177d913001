"""What a link table says, as nodes, edges and properties; and what of it contradicts itself or the graph."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.tables.chains import DETAILS, LEVELS, Assertion, Chain
from obia.server.tables.people import People
from obia.server.tables.problems import Problems

_EDGES: Mapping[str, tuple[str, str]] = {  # type: the columns of its ends
    "HAS_DATASET": ("bioproject", "gsa_study"),
    "HAS_INDIVIDUAL": ("gsa_study", "gsa_individual"),
    "HAS_SAMPLE": ("gsa_individual", "sample"),
    "HAS_EXPERIMENT": ("sample", "experiment"),
    "HAS_RUN": ("experiment", "run"),
}
_ONE_PARENT = {"HAS_DATASET", "HAS_SAMPLE", "HAS_EXPERIMENT", "HAS_RUN"}

Node = tuple[str, str]  # label, accession
Edge = tuple[str, str, str]  # type, from, to
Detail = tuple[str, str, str]  # label, accession, property


@dataclass(slots=True)
class Facts:
    """Facts and where they stand: the row that said them first, or 0 for the graph."""

    nodes: dict[Node, int] = field(default_factory=dict)
    edges: dict[Edge, int] = field(default_factory=dict)
    details: dict[Detail, tuple[str, int]] = field(default_factory=dict)
    assertions: dict[tuple[str, str], tuple[Assertion, int]] = field(default_factory=dict)
    """By our individual's key and the other's accession."""
    parents: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """By edge type and child, where a child has one parent alone."""

    def add_node(self, label: str, accession: str, row: int) -> None:
        """Add a node."""
        self.nodes.setdefault((label, accession), row)

    def add_edge(self, kind: str, source: str, target: str, row: int) -> tuple[str, int] | None:
        """Add an edge; return the other parent and its row where the child has one already."""
        self.edges.setdefault((kind, source, target), row)
        if kind == "DESCRIBED_BY":
            parent, child = target, source
        elif kind in _ONE_PARENT:
            parent, child = source, target
        else:
            return None
        known = self.parents.setdefault((kind, child), (parent, row))
        return known if known[0] != parent else None


def gather(chains: Iterable[Chain], people: People, held: Facts, problems: Problems) -> Facts:
    """Everything the rows say; problems where a row contradicts an earlier one or the graph."""
    said = Facts(parents=dict(held.parents), details=dict(held.details), assertions=dict(held.assertions))
    for chain in chains:
        _gather_chain(chain, said, problems)
        _gather_collection(chain, people, said, problems)
        _gather_person(chain, people, said, problems)
    return said


def _gather_chain(chain: Chain, said: Facts, problems: Problems) -> None:
    for column, accession in chain.accessions.items():
        said.add_node(LEVELS[column], accession, chain.row)
    for kind, (parent, child) in _EDGES.items():
        if child in chain.accessions:
            other = said.add_edge(kind, chain.accessions[parent], chain.accessions[child], chain.row)
            if other:
                problems.add(chain.row, child, f"is under another {parent} in {_place(other[1])}")
    for column, text in chain.details.items():
        level, name = DETAILS[column]
        known = said.details.setdefault((LEVELS[level], chain.accessions[level], name), (text, chain.row))
        if known[0] != text:
            problems.add(chain.row, column, f"is another in {_place(known[1])}, for the same {level}")


def _gather_collection(chain: Chain, people: People, said: Facts, problems: Problems) -> None:
    if chain.collection is None:
        return
    if chain.collection not in people.bioprojects:
        problems.add(chain.row, "collection", "is no collection of this archive")
    elif "bioproject" in chain.accessions:
        other = said.add_edge("DESCRIBED_BY", chain.collection, chain.accessions["bioproject"], chain.row)
        if other:
            problems.add(chain.row, "bioproject", f"is not the collection's, which has another in {_place(other[1])}")


def _gather_person(chain: Chain, people: People, said: Facts, problems: Problems) -> None:
    if chain.name is None or chain.assertion is None or chain.collection not in (None, *people.bioprojects):
        return
    person = people.find(chain.name, chain.row, problems)
    if person is None:
        return
    ends = (person.key, chain.accessions["gsa_individual"])
    said.add_edge("SAME_AS", *ends, chain.row)
    known = said.assertions.setdefault(ends, (chain.assertion, chain.row))
    if known[0] != chain.assertion:
        problems.add(chain.row, "evidence", f"or what else the link rests on is another in {_place(known[1])}")


def _place(row: int) -> str:
    return f"row {row}" if row else "the graph"


async def held_facts(tx: Transaction, chains: Iterable[Chain], people: People) -> Facts:
    """What the graph holds of the accessions that the rows name, in one statement."""
    wanted: dict[str, set[str]] = {column: set() for column in LEVELS}
    for chain in chains:
        for column, accession in chain.accessions.items():
            wanted[column].add(accession)
    [row] = await tx.run(cypher("link_facts"), {column: sorted(each) for column, each in wanted.items()})
    held = Facts()
    for column, found in zip(LEVELS, row[0], strict=True):
        for accession in found:
            held.add_node(LEVELS[column], accession, 0)
    for kind, found in zip(_EDGES, row[1], strict=True):
        for parent, child in found:
            held.add_edge(kind, parent, child, 0)
    for label, accession, name, text in row[2]:
        if text is not None:
            held.details[(label, accession, name)] = (text, 0)
    for key, accession, *values in row[3]:
        held.edges[("SAME_AS", key, accession)] = 0
        held.assertions[(key, accession)] = (Assertion(*values), 0)
    for collection, bioproject in people.bioprojects.items():
        if bioproject:
            held.add_edge("DESCRIBED_BY", collection, bioproject, 0)
    return held


def news(said: Facts, held: Facts) -> tuple[Mapping[str, list[Any]], list[str]]:
    """What the graph lacks, as parameters of `write_links`, and the names of what is counted."""
    nodes = [node for node in said.nodes if node not in held.nodes]
    edges = [edge for edge in said.edges if edge not in held.edges]
    details = [(*detail, text) for detail, (text, row) in said.details.items() if row and detail not in held.details]
    parameters: dict[str, list[Any]] = {label: [] for label in LEVELS.values()}
    parameters |= {kind: [] for kind in (*_EDGES, "DESCRIBED_BY", "SAME_AS")}
    for label, accession in nodes:
        parameters[label].append(accession)
    for kind, source, target in edges:
        said_of = [asdict(said.assertions[(source, target)][0])] if kind == "SAME_AS" else []
        parameters[kind].append([source, target, *said_of])
    for label in ("Sample", "Experiment"):
        parameters[f"{label}Details"] = [
            [accession, {name: text}] for of, accession, name, text in details if of == label
        ]
    return parameters, [*(node[0] for node in nodes), *(edge[0] for edge in edges), *(detail[2] for detail in details)]
