"""Links from a table: studies, individuals, samples, experiments and runs of GSA-Human, and who of ours they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from obia.schema.access import Viewer
from obia.server.collections import require_collection
from obia.server.graph.driver import Transaction
from obia.server.graph.statements import cypher
from obia.server.tables.chains import COLUMNS, Chain, collections_of, demand_assertion_columns, parse_chain
from obia.server.tables.facts import gather, held_facts, news
from obia.server.tables.imported import Import, Imported, counted
from obia.server.tables.people import Name, People, find_people, names_in_bad_rows
from obia.server.tables.problems import Problems
from obia.server.tables.table import read_table

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive


async def import_links(
    archive: "OpenArchive",
    viewer: Viewer,
    path: Path,
    collection: str | None = None,
    encoding: str = "utf-8",
    *,
    is_dry: bool = False,
) -> Imported:
    """Write what a table says, all in one transaction; what the graph holds already stays as it is.

    Raises BadTable with every problem and nothing written, BadInput, NotFound for the collection.
    """
    if collection is not None:
        await require_collection(archive, collection)
    table = read_table(path, COLUMNS, encoding)
    demand_assertion_columns(table.header, table.problems)
    linkers = archive.plugins.registered.linkers
    parsed = [parse_chain(row, archive.keys, linkers, collection, table.problems) for row in table.rows]
    chains = [each for each in parsed if each is not None]
    others = names_in_bad_rows(table.rows, {each.row for each in chains}, archive.keys, collection)
    written = Import(viewer, "link.import", collection or " ".join(sorted(collections_of(chains))), is_dry)
    names, waiting = await written.write(archive, lambda tx: _write(tx, chains, others, table.problems, is_dry))
    return Imported(len(table.rows), counted(names), is_dry, waiting)


async def _write(
    tx: Transaction, chains: Sequence[Chain], others: Sequence[tuple[int, Name]], problems: Problems, is_dry: bool
) -> tuple[Sequence[str], tuple[str, ...]]:
    """Write what is new; return the names of what is counted, and the released collections in which it waits.

    Run again on a transient failure, it starts afresh.
    """
    await tx.run(cypher("lock_graph"))
    named = [*(each.name for each in chains if each.name), *(name for _, name in others)]
    people = await find_people(tx, named, collections_of(chains))
    for row, name in others:
        people.find(name, row, problems)
    held = await held_facts(tx, chains, people)
    said = gather(chains, people, held, problems)
    problems.demand_none()
    parameters, names = news(said, held)
    if names and not is_dry:
        await tx.run(cypher("write_links"), parameters)
        await tx.run(cypher("raise_generation"))
    return names, await _waiting(tx, chains, people) if names else ()


async def _waiting(tx: Transaction, chains: Sequence[Chain], people: People) -> tuple[str, ...]:
    """The collections that the rows speak of, or that lie under their BioProjects, and wait for another release."""
    unheard = Problems()
    persons = (people.find(each.name, each.row, unheard) for each in chains if each.name)
    parameters = {
        "accessions": sorted({*collections_of(chains), *(each.collection for each in persons if each)}),
        "bioprojects": sorted({each.accessions["bioproject"] for each in chains if "bioproject" in each.accessions}),
    }
    return tuple(row[0] for row in await tx.run(cypher("waiting_collections"), parameters))
