"""Fields that plugins add: composed, described, nullable, and fetched in the same statement."""

import pytest
import strawberry

from obia.schema.access import EVERYTHING
from obia.schema.errors import ObiaError
from obia.schema.extensions import Extension
from obia.schema.graphql.schema import make_schema
from obia.server.graph.driver import Graph
from tests import worlds
from tests.asking import Asker

pytestmark = [pytest.mark.anyio]


@strawberry.type
class StudyQc:
    """Fields a plugin adds to a study."""

    series_seen: int | None = strawberry.field(description="How many series it leads to.")

    @strawberry.field(description="Its accession, aloud.")  # type: ignore[untyped-decorator]
    def aloud(self) -> str | None:
        """What its own Cypher fetched, made louder."""
        return f"{self.shown}!"  # type: ignore[attr-defined]

    @strawberry.field(description="Fails.")  # type: ignore[untyped-decorator]
    def broken(self) -> str | None:
        """Raise."""
        raise RuntimeError("a secret of the plugin")


@strawberry.type
class Undescribed:
    """A field without a description."""

    age: int | None


@strawberry.type
class Strict:
    """A field that may not be absent."""

    age: int = strawberry.field(description="An age.")


@strawberry.type
class Taken:
    """A field that is there already."""

    accession: str | None = strawberry.field(description="Another accession.")


QC = Extension("Study", StudyQc, (("series_seen", "COUNT { (n)-[:HAS_SERIES]->() }"), ("shown", "n.accession")))


@pytest.mark.neo4j
async def test_an_added_field_is_fetched_in_the_same_statement(graph: Graph) -> None:
    world = worlds.world(1)
    await worlds.write(graph, world)
    asker = Asker(graph, make_schema([QC]))

    data = await asker.data("{ studies(first: 9) { nodes { accession x: seriesSeen aloud } } }", None, EVERYTHING)

    assert len(asker.graph.sent) == 1
    assert sum(each["x"] for each in data["studies"]["nodes"]) == len(world.of("Series"))
    assert all(each["aloud"] == each["accession"] + "!" for each in data["studies"]["nodes"])


@pytest.mark.neo4j
async def test_an_added_field_that_raises_is_null_with_an_error_that_tells_nothing(graph: Graph) -> None:
    await worlds.write(graph, worlds.world(1))
    asker = Asker(graph, make_schema([QC]))

    answer = await asker.ask("{ studies(first: 1) { nodes { uid broken } } }", None, EVERYTHING)

    assert answer["data"]["studies"]["nodes"][0]["broken"] is None
    assert answer["errors"][0]["path"] == ["studies", "nodes", 0, "broken"]
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(answer)


@pytest.mark.parametrize(
    ("extension", "why"),
    [
        (Extension("Study", Undescribed), "no description"),
        (Extension("Study", Strict), "nullable"),
        (Extension("Study", Taken), "has that field"),
        (Extension("Study", StudyQc, (("x", "$own"),)), "one expression"),
        (Extension("StudyQc", StudyQc), "not the name of a type of the graph"),
        (Extension("Study", str), "no Strawberry type"),
    ],
)
def test_an_extension_is_refused_for_what_the_api_could_not_promise(extension: Extension, why: str) -> None:
    with pytest.raises(ObiaError, match=why):
        make_schema([extension])


def test_two_extensions_of_one_type_may_not_share_a_name() -> None:
    with pytest.raises(ObiaError, match="has that field"):
        make_schema([QC, Extension("Study", StudyQc)])


def test_an_added_field_is_on_its_type_alone() -> None:
    sdl = make_schema([QC, Extension("Individual", StudyQc)]).as_str()

    assert sdl.count("seriesSeen: Int") == 2
    assert "seriesSeen" not in make_schema().as_str()
