"""A client of the application on an open archive, and an archive with something to see."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import httpx
import pytest

from obia.schema.access import Role
from obia.server.access import create_token
from obia.server.archive import OpenArchive
from obia.server.http.app import create_app
from tests import make

HOME = "http://127.0.0.1:8000"
FRAMES = 3
IMAGES = ("open", "unreleased", "controlled", "withheld")
_COLLECTIONS = {
    "OBIA0001": ("OPEN", {"open": "RELEASED", "unreleased": "ACCEPTED"}),
    "OBIA0002": ("CONTROLLED", {"controlled": "RELEASED", "withheld": "ACCEPTED"}),
}


def client_of(archive: OpenArchive) -> httpx.AsyncClient:
    """A client that speaks to an application of its own, without a network between."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(archive)), base_url=HOME)


@pytest.fixture
async def client(archive: OpenArchive) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the archive."""
    async with client_of(archive) as client:
        yield client


@dataclass(slots=True)
class Stocked:
    """An archive with images in every state, and a token for everyone who may come."""

    client: httpx.AsyncClient
    tokens: dict[str, str]

    async def preview(self, image: str, who: str = "anonymous", **more: Any) -> httpx.Response:
        """Ask for an image's preview as somebody."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
        headers |= more.pop("headers", {})
        return await self.client.get(f"/images/{make.uid(image)}/preview.png", headers=headers, **more)


@pytest.fixture
async def stocked(archive: OpenArchive, client: httpx.AsyncClient) -> Stocked:
    """Four images: released or not, in an OPEN collection and in a CONTROLLED one."""
    for accession, (access, images) in _COLLECTIONS.items():
        await archive.graph.run(
            "CREATE (:Collection {accession: $accession, access: $access, state: 'RELEASED'})",
            {"accession": accession, "access": access},
        )
        for name, state in images.items():
            await _add(archive, accession, name, state)
    tokens = {
        "researcher": await create_token(archive.graph, "r", Role.RESEARCHER, []),
        "granted": await create_token(archive.graph, "g", Role.RESEARCHER, ["OBIA0002"]),
        "submitter": await create_token(archive.graph, "s", Role.SUBMITTER, []),
        "curator": await create_token(archive.graph, "c", Role.CURATOR, []),
        "administrator": await create_token(archive.graph, "a", Role.ADMINISTRATOR, []),
    }
    await archive.graph.run("MATCH (t:Token {name: 's'}), (c:Collection) CREATE (t)-[:OWNS]->(c)")
    return Stocked(client, tokens)


async def _add(archive: OpenArchive, accession: str, name: str, state: str) -> None:
    file = f"images/{name}.dcm"
    data = make.data(make.image(make.array(frames=FRAMES), SOPInstanceUID=make.uid(name)))
    archive.store.put(file, partial(write, data))
    await archive.graph.run(
        "CREATE (:Image {uid: $uid, collection: $collection, state: $state, file: $file, digest: $name, frames: $n})",
        {"uid": make.uid(name), "collection": accession, "state": state, "file": file, "name": name, "n": FRAMES},
    )


def write(data: bytes, stream: BinaryIO) -> None:
    """Write bytes, as a store wants it done."""
    stream.write(data)
