"""The schema's version: what this release wants, what the graph has, and the steps between."""

from collections.abc import Mapping

from obia.schema.errors import Code, ObiaError
from obia.schema.graph import SCHEMA_VERSION
from obia.server.graph import ddl
from obia.server.graph.driver import Graph, Transaction
from obia.server.graph.statements import cypher

MIGRATIONS: Mapping[int, str] = {2: cypher("migrate_2"), 3: cypher("migrate_3_tokens")}
"""Cypher that leads from version N - 1 to N, by N: data alone, since DDL is rendered anew every time."""

_PER_COLLECTION = 3
"""Since this version UIDs, pseudonyms and date offsets are mapped per collection, which no statement can do later."""


async def migrate(graph: Graph) -> int:
    """Bring the graph to this release's schema; return the version it had (0: an empty graph).

    Raises ObiaError VERSION_MISMATCH for a graph made by a newer release.
    """
    [[found]] = await graph.read(cypher("schema_version"))
    if found > SCHEMA_VERSION:
        raise ObiaError(
            f"the graph has schema version {found}, this release knows {SCHEMA_VERSION}; install the newer release",
            Code.VERSION_MISMATCH,
        )
    if found == SCHEMA_VERSION:
        return SCHEMA_VERSION
    if 0 < found < _PER_COLLECTION and (await graph.read(cypher("holdings")))[0][0][-1]:
        raise ObiaError(
            "the images of this graph were taken in by an earlier release, which mapped UIDs for the whole archive at "
            "once; make a new archive with `obia init` and take the originals in again",
            Code.VERSION_MISMATCH,
        )
    for statement in ddl.render():
        await graph.run(statement)
    await graph.run("CALL db.awaitIndexes(120)")
    await graph.write(lambda tx: _step_up(tx, found))
    return int(found)


async def _step_up(tx: Transaction, found: int) -> None:
    for version in range(found + 1, SCHEMA_VERSION + 1):
        if found and version in MIGRATIONS:
            await tx.run(MIGRATIONS[version])
    await tx.run(cypher("set_schema_version"), {"version": SCHEMA_VERSION})
