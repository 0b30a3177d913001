"""What a token made is its own: ownership goes by the token's id, since a name may be given again."""

from typing import Any

import pytest

from obia.schema.access import Role, Viewer
from obia.server.access import create_token, revoke_token, viewer
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection
from obia.server.graph.statements import cypher
from obia.server.http.writer import ArchiveWriter
from obia.server.intake.submission import plan

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

CREATE = 'mutation { createCollection(input: {title: "T"}) { accession collection { accession title state } } }'


async def token_of(archive: OpenArchive, name: str, role: Role = Role.SUBMITTER) -> Viewer:
    """The viewer of a new token."""
    return await viewer(archive.graph, await create_token(archive.graph, name, role, ()))


async def job_of(archive: OpenArchive, who: Viewer, collection: str) -> str:
    """A job that a viewer started."""
    root = archive.settings.home
    return await plan(archive, who, collection, root, [], is_kept=True)


async def test_a_token_made_anew_under_an_old_name_sees_nothing_of_the_old_holder(archive: OpenArchive) -> None:
    writer = ArchiveWriter(archive)
    old = await token_of(archive, "sam")
    accession = await create_collection(archive, old, NewCollection("T"))
    job = await job_of(archive, old, accession)
    assert await writer.job(old, job)

    await revoke_token(archive.graph, "sam")
    new = await token_of(archive, "sam")
    other = await create_collection(archive, new, NewCollection("U"))
    await job_of(archive, new, other)

    assert (new.name, new.id != old.id, new.scope.own) == ("sam", True, ())
    assert await writer.job(new, job) is None
    rows = await archive.graph.read("MATCH (t:Token)-[:OWNS|SUBMITS]->(n) RETURN t.id, count(n)")
    assert sorted(rows) == sorted([[old.id, 2], [new.id, 2]])


async def test_tokens_and_submissions_of_an_older_archive_get_ids(archive: OpenArchive) -> None:
    await archive.graph.run(
        """
        CREATE (a:Token {name: 'sam', digest: 'a', createdAt: '2026-01-01', revokedAt: '2026-02-01'})
        CREATE (b:Token {name: 'sam', digest: 'b', createdAt: '2026-03-01'})
        CREATE (one:Submission {id: 'one', by: 'sam', createdAt: '2026-01-15'})
        CREATE (two:Submission {id: 'two', by: 'sam', createdAt: '2026-03-15'})
        CREATE (a)-[:SUBMITS]->(one) CREATE (a)-[:SUBMITS]->(two) CREATE (b)-[:SUBMITS]->(two)
        CREATE (three:Submission {id: 'three', by: 'local', createdAt: '2026-03-15'})
        CREATE (c:Collection {accession: 'OBIA0001', createdAt: '2026-03-15'})
        CREATE (a)-[:OWNS]->(c) CREATE (b)-[:OWNS]->(c)
        """
    )

    await archive.graph.run(cypher("migrate_3_tokens"))

    rows = await archive.graph.read(
        "MATCH (s:Submission) OPTIONAL MATCH (t:Token {id: s.owner}) RETURN s.id, t.digest ORDER BY s.id"
    )
    assert rows == [["one", "a"], ["three", None], ["two", "b"]]
    edges = await archive.graph.read("MATCH (t:Token)-[:OWNS|SUBMITS]->(n) RETURN t.digest, count(n) ORDER BY t.digest")
    assert edges == [["a", 1], ["b", 2]]


async def test_a_payload_shows_the_submitter_what_it_made(archive: OpenArchive) -> None:
    sam = await token_of(archive, "sam")

    made: dict[str, Any] = (await archive.api.ask(sam, CREATE))["data"]["createCollection"]

    assert made["collection"] == {"accession": made["accession"], "title": "T", "state": "RECEIVED"}
