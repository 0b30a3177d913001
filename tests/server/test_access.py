"""Tokens, and what each role may see and do."""

import pytest

from obia.schema.access import ADMINISTRATOR, ANONYMOUS, Role, Sight, Viewer
from obia.schema.errors import BadInput, Code, Forbidden, NotFound, ObiaError
from obia.server.access import create_token, revoke_token, tokens, viewer
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection, release_collection

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


async def test_a_token_is_kept_as_a_digest_alone(archive: OpenArchive) -> None:
    token = await create_token(archive.graph, "ann", Role.RESEARCHER, ())

    [[kept]] = await archive.graph.read("MATCH (t:Token) RETURN properties(t)")

    assert token not in str(kept)
    assert (await viewer(archive.graph, token)).name == "ann"


async def test_a_revoked_or_unknown_token_is_refused(archive: OpenArchive) -> None:
    token = await create_token(archive.graph, "ann", Role.CURATOR, ())
    await revoke_token(archive.graph, "ann")

    for wrong in (token, "obia_nobody", ""):
        with pytest.raises(ObiaError) as caught:
            await viewer(archive.graph, wrong)
        assert caught.value.code is Code.UNAUTHENTICATED
    assert [each.revoked_at is not None for each in await tokens(archive.graph)] == [True]


async def test_without_a_token_one_is_anonymous(archive: OpenArchive) -> None:
    assert await viewer(archive.graph, None) == ANONYMOUS


async def test_a_name_is_given_once_while_it_is_in_force(archive: OpenArchive) -> None:
    await create_token(archive.graph, "ann", Role.RESEARCHER, ())

    with pytest.raises(ObiaError) as caught:
        await create_token(archive.graph, "ann", Role.CURATOR, ())

    assert caught.value.code is Code.ALREADY_EXISTS
    await revoke_token(archive.graph, "ann")
    await create_token(archive.graph, "ann", Role.CURATOR, ())


@pytest.mark.parametrize("name", ["", "a b", "local", "anonymous", "x" * 65, "a\n"])
async def test_a_name_that_could_mislead_is_refused(archive: OpenArchive, name: str) -> None:
    with pytest.raises(BadInput):
        await create_token(archive.graph, name, Role.RESEARCHER, ())


async def test_a_grant_names_a_collection_that_exists(archive: OpenArchive) -> None:
    with pytest.raises(NotFound, match="OBIA0009"):
        await create_token(archive.graph, "ann", Role.RESEARCHER, ("OBIA0009",))

    assert not await tokens(archive.graph)


async def test_a_submitter_sees_the_collection_it_made(archive: OpenArchive) -> None:
    token = await create_token(archive.graph, "sam", Role.SUBMITTER, ())
    accession = await create_collection(archive, await viewer(archive.graph, token), NewCollection("T"))

    scope = (await viewer(archive.graph, token)).scope

    assert (scope.sight, scope.own) == (Sight.OWN, (accession,))


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.RESEARCHER])
async def test_who_submits_nothing_makes_no_collection(archive: OpenArchive, role: Role) -> None:
    with pytest.raises(Forbidden):
        await create_collection(archive, Viewer("x", role), NewCollection("T"))


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.RESEARCHER, Role.SUBMITTER])
async def test_only_who_answers_for_it_releases(archive: OpenArchive, role: Role) -> None:
    accession = await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))

    with pytest.raises(Forbidden):
        await release_collection(archive, Viewer("x", role), accession)


async def test_a_collection_without_a_bioproject_cannot_be_released(archive: OpenArchive) -> None:
    accession = await create_collection(archive, ADMINISTRATOR, NewCollection("T"))

    with pytest.raises(ObiaError) as caught:
        await release_collection(archive, ADMINISTRATOR, accession)

    assert caught.value.code is Code.NO_BIOPROJECT


@pytest.mark.parametrize("wanted", [NewCollection(" "), NewCollection("T" * 301), NewCollection("a\0b")])
async def test_a_title_is_plain_text(archive: OpenArchive, wanted: NewCollection) -> None:
    with pytest.raises(BadInput):
        await create_collection(archive, ADMINISTRATOR, wanted)


async def test_accessions_are_counted_up_and_padded(archive: OpenArchive) -> None:
    made = [await create_collection(archive, ADMINISTRATOR, NewCollection("T")) for _ in range(3)]

    assert made == ["OBIA0001", "OBIA0002", "OBIA0003"]
