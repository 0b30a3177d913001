"""Similarity tells of pixels: to who may not see an image's pixels, no answer depends on that image."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
import pytest

from obia.plugins.retrieval.phash import PerceptualHash
from obia.schema.access import ANONYMOUS, EVERYTHING, Role, Scope, Sight, Viewer
from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from tests.conftest import wipe

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

Image = tuple[str, str, str, int]
"""UID, collection, state and code."""

PUBLIC: tuple[Image, ...] = (
    ("2.25.10", "OBIA0001", "RELEASED", 0b0000),
    ("2.25.11", "OBIA0001", "RELEASED", 0b0111),
    ("2.25.12", "OBIA0003", "RELEASED", 0b1111),
)
HIDDEN: tuple[Image, ...] = (
    ("2.25.20", "OBIA0002", "RELEASED", 0b0001),
    ("2.25.21", "OBIA0001", "ACCEPTED", 0b0011),
    ("2.25.22", "OBIA0002", "ACCEPTED", 0b0000),
)
ACCESS = {"OBIA0001": "OPEN", "OBIA0002": "CONTROLLED", "OBIA0003": "OPEN"}
UIDS = [uid for uid, *_ in (*PUBLIC, *HIDDEN)]

ASK = """query($uid: String!, $first: Int!, $others: Boolean!) {
  similarImages(uid: $uid, first: $first, excludeSameIndividual: $others) { distance image { uid digest size } }
}"""
GRANTED = Viewer("granted", Role.RESEARCHER, Scope(Sight.PUBLIC, (), ("OBIA0002",)))
OWNER = Viewer("owner", Role.SUBMITTER, Scope(Sight.OWN, ("OBIA0002",)))
CURATOR = Viewer("curator", Role.CURATOR, EVERYTHING)

_WRITE = """
UNWIND $rows AS row
MERGE (c:Collection {accession: row.collection}) SET c.access = row.access, c.state = 'RELEASED'
MERGE (p:Individual {key: row.collection + '/p'}) SET p.patient = 'one patient', p.state = row.state
MERGE (s:Study {key: row.collection + '/s'}) MERGE (p)-[:HAS_STUDY]->(s)
MERGE (r:Series {key: row.collection + '/r'}) MERGE (s)-[:HAS_SERIES]->(r)
CREATE (r)-[:HAS_IMAGE]->(:Image {uid: row.uid, collection: row.collection, state: row.state, digest: row.uid, size: 7})
"""


async def write(archive: OpenArchive, images: Sequence[Image]) -> None:
    """Fill the emptied graph with images, each with the code of an encoder."""
    await wipe(archive.settings)
    identity = PerceptualHash().identity
    common = {"encoder": identity.key, "name": identity.name, "length": identity.bits}
    codes = [
        {"uid": uid, "key": f"{identity.key}/{uid}", "bits": code.to_bytes(8), **common} for uid, _, _, code in images
    ]
    names = ("uid", "collection", "state")
    rows = [dict(zip(names, each[:3], strict=True)) | {"access": ACCESS[each[1]]} for each in images]
    await archive.graph.write(lambda tx: tx.run(_WRITE, {"rows": rows}))
    await archive.graph.write(lambda tx: tx.run(cypher("write_codes"), {"rows": codes}))


async def ask(archive: OpenArchive, who: Viewer, uid: str, first: int, *, others: bool = False) -> Mapping[str, Any]:
    """The whole answer of a similarity query."""
    return await archive.api.ask(who, ASK, {"uid": uid, "first": first, "others": others})


async def neighbours(archive: OpenArchive, who: Viewer, uid: str, first: int = 10) -> list[tuple[str, int]] | None:
    """The neighbours that a viewer is shown, None where the image does not exist for them."""
    data = (await ask(archive, who, uid, first)).get("data")
    return [(each["image"]["uid"], each["distance"]) for each in data["similarImages"]] if data else None


async def test_no_anonymous_answer_depends_on_hidden_images(archive: OpenArchive) -> None:
    worlds = [(*PUBLIC, *some) for count in range(len(HIDDEN) + 1) for some in combinations(HIDDEN, count)]
    answers = []

    for world in worlds:
        await write(archive, world)
        asked = [(uid, first, others) for uid in UIDS for first in (1, 2, 10) for others in (False, True)]
        found = [await ask(archive, ANONYMOUS, uid, first, others=others) for uid, first, others in asked]
        answers.append(found)

    assert len(worlds) == 8
    assert all(each == answers[0] for each in answers)
    assert answers[0][4]["data"]["similarImages"]  # the public ones are answered


async def test_the_number_of_statements_does_not_depend_on_hidden_images(archive: OpenArchive) -> None:
    counts = []
    for hidden in (0, 300):
        some = [(f"2.25.3{number}", "OBIA0001", "ACCEPTED", number % 4) for number in range(hidden)]
        await write(archive, (*PUBLIC, *some))
        await ask(archive, ANONYMOUS, "2.25.10", 2)  # the index is built
        before = archive.graph.statements
        await ask(archive, ANONYMOUS, "2.25.10", 2)
        counts.append(archive.graph.statements - before)

    assert counts == [2, 2]


async def test_viewers_find_the_neighbours_whose_pixels_they_may_see(archive: OpenArchive) -> None:
    await write(archive, (*PUBLIC, *HIDDEN))
    public = [("2.25.11", 3), ("2.25.12", 4)]

    assert await neighbours(archive, ANONYMOUS, "2.25.10") == public
    for who in (GRANTED, OWNER):
        assert await neighbours(archive, who, "2.25.10") == [("2.25.20", 1), *public]
        assert await neighbours(archive, who, "2.25.20", 1) == [("2.25.10", 1)]
        assert await neighbours(archive, who, "2.25.22") is None
    assert len(await neighbours(archive, CURATOR, "2.25.22") or ()) == len(UIDS) - 1


async def test_what_is_released_is_found_at_once(archive: OpenArchive) -> None:
    await write(archive, (*PUBLIC, *HIDDEN))
    await neighbours(archive, ANONYMOUS, "2.25.10")
    await archive.graph.run(
        "MATCH (:Collection {accession: 'OBIA0001'}) MERGE (:BioProject {accession: 'PRJCA000001'})"
    )
    await archive.graph.run("MATCH (c:Collection), (b:BioProject) MERGE (c)-[:DESCRIBED_BY]->(b)")
    from obia.schema.access import ADMINISTRATOR
    from obia.server.collections import release_collection

    await release_collection(archive, ADMINISTRATOR, "OBIA0001")

    assert await neighbours(archive, ANONYMOUS, "2.25.10", 1) == [("2.25.21", 2)]


async def test_the_hash_of_a_controlled_image_cannot_be_rebuilt(archive: OpenArchive) -> None:
    draw = Random(12)
    secret = draw.getrandbits(64)
    known = {f"2.25.{number}": draw.getrandbits(64) for number in range(100, 200)}
    images = [(uid, "OBIA0001", "RELEASED", code) for uid, code in known.items()]
    await write(archive, [*images, ("2.25.666", "OBIA0002", "RELEASED", secret)])

    asked = dict(await neighbours(archive, ANONYMOUS, "2.25.666", 100) or ())
    placed = {
        uid: distance
        for uid in known
        for other, distance in await neighbours(archive, ANONYMOUS, uid, 100) or ()
        if other == "2.25.666"
    }

    assert [rebuilt(known, each) for each in (asked, placed)] == [None, None]
    assert rebuilt(known, {uid: (code ^ secret).bit_count() for uid, code in known.items()}) == secret  # the attack


def rebuilt(known: Mapping[str, int], distances: Mapping[str, int]) -> int | None:
    """The code that has these distances to known codes: each distance is a linear equation of its 64 bits."""
    if len(distances) < 64:
        return None
    bits = np.array([[known[uid] >> bit & 1 for bit in range(64)] for uid in distances], float)
    right = np.array(list(distances.values()), float) - bits.sum(axis=1)
    found, *_ = np.linalg.lstsq(1 - 2 * bits, right, rcond=None)
    return sum(1 << bit for bit, value in enumerate(found) if round(value))


async def test_digest_and_size_are_null_where_the_pixels_are_hidden(archive: OpenArchive) -> None:
    await write(archive, (*PUBLIC, *HIDDEN))
    document = "{ images(orderBy: [{field: UID, direction: ASC}]) { nodes { uid digest size } } }"
    count = "{ images(filter: {size: {isNull: false}, digest: {isNull: false}}) { totalCount } }"
    seen = {}
    for who in (ANONYMOUS, GRANTED, OWNER, CURATOR):
        nodes = (await archive.api.ask(who, document))["data"]["images"]["nodes"]
        assert all((each["digest"] is None) == (each["size"] is None) for each in nodes)
        seen[who.name] = {each["uid"] for each in nodes if each["size"] is not None}
        assert (await archive.api.ask(who, count))["data"]["images"]["totalCount"] == len(seen[who.name])

    public = {uid for uid, *_ in PUBLIC}
    with_grant = {*public, "2.25.20"}
    assert seen == {"anonymous": public, "granted": with_grant, "owner": with_grant, "curator": set(UIDS)}
