from typing import Any

import neo4j
import pytest

from obia.schema.errors import Code, ObiaError
from obia.schema.graph import LABELS, RELATIONSHIPS, SCHEMA_VERSION, Scalar, label
from obia.server.graph import ddl
from obia.server.graph.driver import Graph
from obia.server.graph.dump import dump, node_text, relationship_text
from obia.server.graph.migrations import migrate
from obia.server.services import ensure
from obia.server.settings import Settings
from tests.conftest import connect

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


async def test_migrating_twice_changes_nothing(graph: Graph) -> None:
    before = await graph.read("SHOW INDEXES YIELD name RETURN name ORDER BY name")

    found = await migrate(graph)

    assert found == SCHEMA_VERSION
    assert await graph.read("SHOW INDEXES YIELD name RETURN name ORDER BY name") == before


async def test_every_rendered_constraint_and_index_exists(graph: Graph) -> None:
    wanted = {statement.split()[2] for statement in ddl.render()}

    names = {row[0] for row in await graph.read("SHOW INDEXES YIELD name RETURN name")}

    assert wanted <= names


async def test_a_graph_of_a_newer_release_is_refused(graph: Graph) -> None:
    await graph.run("MATCH (m:Meta) SET m.schemaVersion = 99")

    with pytest.raises(ObiaError) as caught:
        await migrate(graph)

    await graph.run("MATCH (m:Meta) SET m.schemaVersion = $v", {"v": SCHEMA_VERSION})
    assert caught.value.code is Code.VERSION_MISMATCH


async def test_a_graph_of_an_older_release_learns_which_modalities_are_released(graph: Graph) -> None:
    await graph.run(
        """CREATE (s:Study {key: 'OBIA0001/1', modalities: ['CT', 'MR', 'PT']}), (:Study {key: 'OBIA0001/2'})
           CREATE (s)-[:HAS_SERIES]->(:Series {key: 'a', state: 'RELEASED', modality: 'MR'})
           CREATE (s)-[:HAS_SERIES]->(:Series {key: 'b', state: 'RELEASED', modality: 'CT'})
           CREATE (s)-[:HAS_SERIES]->(:Series {key: 'c', state: 'ACCEPTED', modality: 'PT'})"""
    )
    await graph.run("MATCH (m:Meta) SET m.schemaVersion = 1")

    found = await migrate(graph)

    rows = await graph.read("MATCH (s:Study) RETURN s.releasedModalities ORDER BY s.key")
    assert (found, rows) == (1, [[["CT", "MR"]], [[]]])


async def test_a_filled_graph_whose_uids_were_mapped_archive_wide_is_refused(graph: Graph) -> None:
    await graph.run("CREATE (:Image {uid: '2.25.1'})")
    await graph.run("MATCH (m:Meta) SET m.schemaVersion = 2")

    with pytest.raises(ObiaError, match="take the originals in again") as caught:
        await migrate(graph)

    await graph.run("MATCH (m:Meta) SET m.schemaVersion = $v", {"v": SCHEMA_VERSION})
    assert caught.value.code is Code.VERSION_MISMATCH


async def test_a_dump_is_keyed_by_natural_keys_and_sorted(graph: Graph) -> None:
    await graph.run(
        "CREATE (c:Collection {accession: 'OBIA0001', title: 'T'})-[:HAS_INDIVIDUAL]->(:Individual {key: 'OBIA0001/P'})"
        " CREATE (:Code {key: 'k', bits: $bits})",
        {"bits": b"\x00\xff"},
    )

    lines = [line async for line in dump(graph)]

    assert '{"key": "k", "label": "Code", "properties": {"bits": "AP8=", "key": "k"}}' in lines
    assert (
        '{"from": ["Collection", "OBIA0001"], "properties": {}, "to": ["Individual", "OBIA0001/P"], '
        '"type": "HAS_INDIVIDUAL"}' in lines
    )


async def test_a_graph_that_is_not_there_is_one_line(settings: Settings) -> None:
    graph = Graph("bolt://127.0.0.1:1", "neo4j", settings.graph_password)

    with pytest.raises(ObiaError, match="obia up") as caught:
        await graph.read("RETURN 1")

    await graph.close()
    assert caught.value.code is Code.GRAPH_UNAVAILABLE


async def test_a_wrong_password_is_one_line(settings: Settings) -> None:
    assert settings.graph_url
    graph = Graph(settings.graph_url, "nobody", settings.graph_password)

    with pytest.raises(ObiaError, match="password"):
        await graph.read("RETURN 1")

    await graph.close()


async def test_a_statement_that_takes_too_long_is_stopped(graph: Graph) -> None:
    with pytest.raises(ObiaError) as caught:
        await graph.read("UNWIND range(1, 1000000000) AS x WITH x WHERE x < 0 RETURN count(x)", seconds=0.5)

    assert caught.value.code is Code.TIMEOUT


async def test_statements_are_counted(empty: Settings) -> None:
    async with connect(empty) as graph:
        await graph.read("RETURN 1")
        await graph.write(lambda tx: tx.run("RETURN 1"))

        assert graph.statements == 2


def test_every_relationship_joins_labels_of_the_model() -> None:
    names = {label.name for label in LABELS}

    assert {end for each in RELATIONSHIPS for end in (each.source, each.target)} <= names


def test_every_key_is_a_text_property_of_its_label() -> None:
    assert all(label.property(label.key).scalar is Scalar.STRING for label in LABELS)


def _hits(plan: dict[str, Any]) -> int:
    """The database hits of a plan and of what it is made of."""
    return int(plan.get("dbHits", 0)) + sum(_hits(each) for each in plan.get("children", ()))


@pytest.mark.parametrize("text", [node_text(label("Image")), relationship_text("HAS_IMAGE", "Series", "Image")])
async def test_the_last_page_of_a_dump_costs_what_the_first_costs(graph: Graph, services: Settings, text: str) -> None:
    await graph.run(
        "UNWIND range(1, 3000) AS i CREATE (:Series {key: 'k' + (100000 + i)})-[:HAS_IMAGE]->(:Image {uid: '2.25.' + (100000 + i)})"
    )
    at = ensure(services)
    assert at.graph_password is not None

    driver = neo4j.AsyncGraphDatabase.driver(at.graph_url, auth=(at.graph_user, at.graph_password.reveal()))
    async with driver, driver.session() as session:
        found = []
        for after in ("", "k102900" if "HAS_IMAGE" in text else "2.25.102900"):
            result = await session.run(f"PROFILE {text}", {"after": after, "limit": 50})
            summary = await result.consume()
            assert summary.profile is not None
            found.append(_hits(summary.profile))

    first, last = found
    assert last <= 2 * first
