"""The most similar images: exact, from a cache that may be lost, damaged or of another graph."""

from pathlib import Path

import pytest

from obia.plugins.retrieval.phash import PerceptualHash
from obia.schema.errors import Code, ObiaError
from obia.schema.values import Hit
from obia.server.archive import OpenArchive
from obia.server.retrieval.codes import encode_batch
from obia.server.retrieval.search import Search
from obia.server.retrieval.snapshots import Snapshots
from tests.pictures import shapes
from tests.server.retrieval.conftest import Store

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


async def fill(archive: OpenArchive, store: Store, first: int = 1, last: int = 8) -> None:
    uids = [await store(number, patient=f"p{number % 3}") for number in range(first, last + 1)]
    await encode_batch(archive, uids)


def by_hand(numbers: range, query: int, count: int, left_out: tuple[int, ...] = ()) -> list[Hit]:
    """The answer without graph, snapshot or index."""
    codes = {number: int.from_bytes(PerceptualHash().encode(shapes(number))) for number in numbers}
    hits = [
        Hit(f"2.25.{number}", (code ^ codes[query]).bit_count())
        for number, code in codes.items()
        if number not in (query, *left_out)
    ]
    return sorted(hits, key=lambda hit: (hit.distance, hit.uid))[:count]


def snapshot(archive: OpenArchive) -> Path:
    [path] = (archive.settings.home / "index").iterdir()
    return path


async def test_the_nearest_images_are_found(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store)

    found = await Search(archive).candidates("2.25.3", 5)

    assert found == by_hand(range(1, 9), 3, 5)


@pytest.mark.parametrize("name", ["faiss", "numpy"])
async def test_every_index_gives_the_same_answer(archive: OpenArchive, store: Store, name: str) -> None:
    await fill(archive, store)
    indexes = archive.plugins.registered.indexes
    wanted = indexes[name]
    indexes.clear()
    indexes[name] = wanted

    assert await Search(archive).candidates("2.25.3", 100) == by_hand(range(1, 9), 3, 100)


async def test_images_of_the_same_individual_can_be_left_out(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store)

    found = await Search(archive).candidates("2.25.3", 5, exclude_same_individual=True)

    assert found == by_hand(range(1, 9), 3, 5, left_out=(6,))


async def test_an_image_without_a_code_has_no_candidates(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store, last=2)
    await store(9)

    assert await Search(archive).candidates("2.25.9", 5) is None
    assert await Search(archive).candidates("2.25.404", 5) is None


@pytest.mark.parametrize("kind", ["encoders", "indexes"])
async def test_without_an_engine_there_is_no_index(archive: OpenArchive, store: Store, kind: str) -> None:
    getattr(archive.plugins.registered, kind).clear()

    with pytest.raises(ObiaError) as refusal:
        await Search(archive).candidates("2.25.1", 5)

    assert refusal.value.code is Code.NO_INDEX


async def test_a_new_code_is_found_at_once(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store, last=4)
    search = Search(archive)
    await search.candidates("2.25.1", 5)

    await fill(archive, store, first=5, last=8)

    assert await search.candidates("2.25.1", 100) == by_hand(range(1, 9), 1, 100)
    assert snapshot(archive).name.endswith("-8.codes")


async def test_without_its_file_the_answer_is_the_same(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store)
    before = await Search(archive).candidates("2.25.3", 8)
    content = snapshot(archive).read_bytes()
    snapshot(archive).unlink()

    after = await Search(archive).candidates("2.25.3", 8)

    assert after == before == by_hand(range(1, 9), 3, 8)
    assert snapshot(archive).read_bytes() == content


async def test_a_sound_file_is_used(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store)
    await Search(archive).candidates("2.25.3", 8)
    before = snapshot(archive).stat()

    await Search(archive).candidates("2.25.3", 8)

    assert snapshot(archive).stat() == before


@pytest.mark.parametrize("place", [1, 40, 4100, 4096 + 8 * 64 + 3])
async def test_a_flipped_bit_is_noticed(archive: OpenArchive, store: Store, place: int) -> None:
    await fill(archive, store)
    await Search(archive).candidates("2.25.3", 8)
    sound = snapshot(archive).read_bytes()
    content = bytearray(sound)
    content[place] ^= 1
    snapshot(archive).write_bytes(content)

    found = await Search(archive).candidates("2.25.3", 8)

    assert found == by_hand(range(1, 9), 3, 8)
    assert snapshot(archive).read_bytes() == sound


@pytest.mark.parametrize("length", [0, 100, 4096, 4500])
async def test_a_truncated_file_is_noticed(archive: OpenArchive, store: Store, length: int) -> None:
    await fill(archive, store)
    await Search(archive).candidates("2.25.3", 8)
    path = snapshot(archive)
    path.write_bytes(path.read_bytes()[:length])

    assert await Search(archive).candidates("2.25.3", 8) == by_hand(range(1, 9), 3, 8)


async def test_a_file_of_another_graph_is_noticed(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store)
    await Search(archive).candidates("2.25.3", 8)
    await archive.graph.run("MATCH (n) WHERE NOT n:Meta DETACH DELETE n")
    await fill(archive, store, first=11, last=18)

    assert await Search(archive).candidates("2.25.13", 8) == by_hand(range(11, 19), 13, 8)


async def test_a_search_sends_one_statement(archive: OpenArchive, store: Store) -> None:
    await fill(archive, store)
    search = Search(archive)
    await search.candidates("2.25.3", 8)
    before = archive.graph.statements

    await search.candidates("2.25.4", 8)

    assert archive.graph.statements - before == 1


@pytest.mark.parametrize("page", [1, 3, 4, 8, 9])
async def test_a_snapshot_holds_every_page(archive: OpenArchive, store: Store, page: int) -> None:
    await fill(archive, store)

    found = await Snapshots(archive.graph, archive.settings.home / "index", page).current(PerceptualHash().identity, 8)

    assert list(found.uids) == [f"2.25.{number}" for number in range(1, 9)]
    assert [row.tobytes() for row in found.codes] == [PerceptualHash().encode(shapes(number)) for number in range(1, 9)]
