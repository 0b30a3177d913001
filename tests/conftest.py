"""What every test may ask for: one real Neo4j and queue a session, and settings of its own a test.

Async tests carry `@pytest.mark.anyio`; their fixtures live on the test's own event loop.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from obia.server.cli.init import make_home
from obia.server.graph.driver import Graph
from obia.server.graph.migrations import migrate
from obia.server.services import ensure, stop
from obia.server.settings import Settings

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

_PASSED_ON = ("OBIA_CACHE", "OBIA_MAVEN_URL", "XDG_CACHE_HOME")


def settings_of(home: Path) -> Settings:
    """Settings of a home, whatever else the environment says; downloads lie where the user keeps them."""
    return Settings.load(
        {"OBIA_HOME": str(home)} | {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    )


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of an archive whose Neo4j and queue run, until the session ends."""
    settings = settings_of(tmp_path_factory.mktemp("services"))
    ensure(settings)
    yield settings
    stop(settings)


@pytest.fixture
def settings(services: Settings, tmp_path: Path) -> Settings:
    """Settings with an empty home of the test's own, on the session's Neo4j and queue."""
    return settings_on(services, tmp_path / "home")


def settings_on(services: Settings, home: Path) -> Settings:
    """Settings of a home on the Neo4j and queue of another archive."""
    at = ensure(services)
    return replace(
        settings_of(home),
        graph_url=at.graph_url,
        graph_user=at.graph_user,
        graph_password=at.graph_password,
        redis_url=at.redis_url,
    )


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio alone: the Neo4j driver knows no other."""
    return "asyncio"


@pytest.fixture
def empty(settings: Settings) -> Settings:
    """Settings of an archive that was just made: a key, an empty graph with its schema, an empty store."""
    make_home(settings)
    asyncio.run(wipe(settings))
    return settings


@pytest.fixture
async def graph(empty: Settings) -> AsyncIterator[Graph]:
    """The driver on an empty graph with its schema."""
    async with connect(empty) as graph:
        yield graph


@pytest.fixture
async def archive(empty: Settings) -> AsyncIterator["OpenArchive"]:
    """An open, empty archive."""
    from obia.server.archive import open_archive

    async with open_archive(empty) as archive:
        yield archive


def connect(settings: Settings) -> Graph:
    """A driver on the graph of these settings."""
    assert settings.graph_url
    return Graph(settings.graph_url, settings.graph_user, settings.graph_password)


async def wipe(settings: Settings) -> None:
    """Empty the graph; its schema stays, since making it takes seconds."""
    async with connect(settings) as graph:
        await migrate(graph)
        await graph.run("MATCH (n) WHERE NOT n:Meta CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
        await graph.run("MATCH (m:Meta) SET m.generation = 0, m.keyId = null")
