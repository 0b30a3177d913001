"""Codes in the graph: every image once, whatever fails and however often it is tried."""

import numpy as np
import pytest

from obia.plugins.retrieval.phash import PerceptualHash
from obia.schema.values import EncoderIdentity
from obia.server.archive import OpenArchive
from obia.server.retrieval.codes import encode, encode_batch, encode_missing
from tests.pictures import shapes
from tests.server.retrieval.conftest import Store

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

CODES = "RETURN COLLECT { MATCH (i:Image)-[:HAS_CODE]->(c:Code) RETURN [i.uid, c.uid, c.key, c.bits] ORDER BY i.uid, c.key }"
FINDINGS = (
    "RETURN COLLECT { MATCH (f:Finding)-[:ABOUT]->(i:Image) RETURN [f.check, f.code, i.uid] ORDER BY i.uid, f.check }"
)


class Moody:
    """An encoder that raises as often as it is told, then counts pixels above a half; a third party's."""

    name = "moody"
    identity = EncoderIdentity("moody", "0", "numpy", "float64", 8)

    def __init__(self, failures: int = 0, code: bytes = b"\x01") -> None:
        self.failures, self.code = failures, code

    def encode(self, frames: np.ndarray) -> bytes:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("moody")
        return self.code


async def test_a_batch_is_encoded(archive: OpenArchive, store: Store) -> None:
    await store(1), await store(2), await store(3, batch="b/1")

    written = await encode(archive, "b/0")

    identity = PerceptualHash().identity.key
    [[found]] = await archive.graph.read(CODES)
    assert written == 2
    assert found == [
        [f"2.25.{n}", f"2.25.{n}", f"{identity}/2.25.{n}", PerceptualHash().encode(shapes(n))] for n in (1, 2)
    ]


async def test_encoding_again_writes_nothing(archive: OpenArchive, store: Store) -> None:
    await store(1)
    await encode(archive, "b/0")

    assert await encode(archive, "b/0") == 0


async def test_the_generation_counts_codes_whatever_the_batches(archive: OpenArchive, store: Store) -> None:
    uids = [await store(number) for number in range(1, 6)]
    await encode_batch(archive, uids[:2])
    await encode_batch(archive, uids)

    [[generation]] = await archive.graph.read("MATCH (e:Encoder) RETURN e.generation")

    assert generation == 5


async def test_what_was_left_out_is_found(archive: OpenArchive, store: Store) -> None:
    for number in range(1, 5):
        await store(number)
    await encode_batch(archive, ["2.25.3"])

    assert await encode_missing(archive) == 3
    assert await encode_missing(archive) == 0


async def test_statements_do_not_grow_with_images(archive: OpenArchive, store: Store) -> None:
    for number in range(1, 9):
        await store(number, batch=f"b/{int(number > 2)}")
    counts = []
    for batch in ("b/0", "b/1"):
        before = archive.graph.statements
        await encode(archive, batch)
        counts.append(archive.graph.statements - before)

    assert counts == [3, 3]


async def test_an_encoder_is_tried_twice(archive: OpenArchive, store: Store) -> None:
    await store(1)
    archive.plugins.registered.encoders["moody"] = Moody(failures=1)

    assert await encode(archive, "b/0") == 2
    assert await archive.graph.read(FINDINGS) == [[[]]]


@pytest.mark.parametrize("encoder", [Moody(failures=2), Moody(code=b"too long")], ids=["raises", "other length"])
async def test_an_encoder_that_fails_becomes_a_finding(archive: OpenArchive, store: Store, encoder: Moody) -> None:
    await store(1)
    archive.plugins.registered.encoders["moody"] = encoder

    written = await encode(archive, "b/0")

    assert written == 1  # the other encoder's
    assert await archive.graph.read(FINDINGS) == [[[["moody", "ENCODER_FAILED", "2.25.1"]]]]


async def test_an_image_that_cannot_be_decoded_becomes_a_finding(archive: OpenArchive, store: Store) -> None:
    await store(1)
    await store(2, content=b"no DICOM")

    assert await encode(archive, "b/0") == 1
    assert await archive.graph.read(FINDINGS) == [[[["phash64", "ENCODER_FAILED", "2.25.2"]]]]
