"""Documents are answered or refused in one form: data, and errors with a code."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from strawberry import ID

from obia.schema.access import ANONYMOUS, EVERYTHING, Role, Scope, Viewer
from obia.schema.errors import Code, Forbidden, Unavailable
from obia.schema.graph import Access, JobState
from obia.schema.graphql.context import Context, PluginFacts
from obia.schema.graphql.ids import encode
from obia.schema.graphql.jobs import Job, JobOutcome
from obia.schema.graphql.releases import Release
from obia.schema.graphql.schema import make_schema
from obia.schema.values import Hit
from obia.server.graph.driver import Graph
from obia.server.plan.execute import execute
from obia.server.plan.reader import GraphReader
from tests import worlds
from tests.asking import Asker, mac
from tests.server.plan.test_statement_texts import Nothing

pytestmark = [pytest.mark.anyio]
SCHEMA = make_schema()


class Failing:
    """A graph that is not there, or worse."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def read(self, text: str, parameters: Any = None, seconds: float | None = None) -> list[list[Any]]:
        """Raise."""
        raise self._error


class Diary:
    """A writer that writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def create_collection(
        self,
        viewer: Viewer,
        *,
        title: str,
        description: str | None,
        licence: str | None,
        access: Access,
        bio_project: str | None,
    ) -> str:
        """Write it down."""
        self.asked.append((viewer.name, title, description, licence, access, bio_project))
        return "OBIA0007"

    async def start_ingest(self, viewer: Viewer, collection: str, folder: str) -> str:
        """Write it down."""
        self.asked.append((viewer.name, collection, folder))
        return "job-1"

    async def cancel_ingest(self, viewer: Viewer, id: str) -> None:
        """Write it down."""
        self.asked.append((viewer.name, id))

    async def release_collection(self, viewer: Viewer, accession: str, reviewed: Sequence[str]) -> Release:
        """Refuse anyone but a curator."""
        if not viewer.is_curator:
            raise Forbidden("only curators release")
        return Release(3)

    async def job(self, viewer: Viewer, id: str) -> Job | None:
        """A job half done."""
        return Job(
            id=ID(id), collection="OBIA0007", state=JobState.RUNNING, outcomes=[JobOutcome(code="ACCEPTED", files=2)]
        )


class Neighbours:
    """Hits, as many as are asked for."""

    def __init__(self, hits: Sequence[Hit] | None) -> None:
        self._hits = hits

    async def candidates(
        self, uid: str, count: int, *, exclude_same_individual: bool = False, is_public: bool = False
    ) -> list[Hit] | None:
        """The first hits."""
        return None if self._hits is None else list(self._hits[:count])


def codes(answer: dict[str, Any]) -> list[str]:
    """The codes of an answer's errors."""
    return [each["extensions"]["code"] for each in answer["errors"]]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "BAD_INPUT"),
        ("{", "BAD_INPUT"),
        ("{ nothing }", "BAD_INPUT"),
        ("query A { viewer { name } } query B { viewer { name } }", "BAD_INPUT"),
        ("fragment F on Query { viewer { name } }", "BAD_INPUT"),
        ('{ study(accession: "S1") { uid } }', "BAD_ACCESSION"),
        ('{ collection(accession: "OBIA0001\\n") { title } }', "BAD_ACCESSION"),
        ('{ imageByUid(uid: "1.2; DROP") { uid } }', "BAD_INPUT"),
        ('{ node(id: "IC\'") { id } }', "BAD_INPUT"),
        ('{ similarImages(uid: "1.2") { distance } }', "NO_INDEX"),
        ('{ similarImages(uid: "1.2", first: 101) { distance } }', "BAD_INPUT"),
        ('{ job(id: "x") { state } }', "FORBIDDEN"),
        ('mutation { releaseCollection(accession: "OBIA0001") { images } }', "FORBIDDEN"),
        ("subscription { viewer }", "UNSUPPORTED"),
        ("query($n: Int!) { studies(first: $n) { totalCount } }", "BAD_INPUT"),
    ],
)
async def test_a_wrong_document_answers_with_a_code(document: str, code: str) -> None:
    answer = await Asker(Nothing()).ask(document)

    assert set(codes(answer)) == {code}
    assert all(each["message"] for each in answer["errors"])


async def test_an_accession_that_is_none_is_told_in_the_words_of_the_command_line() -> None:
    answer = await Asker(Nothing()).ask('{ collection(accession: "obia0001") { title } }')

    assert answer["errors"][0]["message"] == "a collection's accession looks like OBIA0001"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Unavailable("the graph does not answer"), "GRAPH_UNAVAILABLE", "the graph does not answer"),
        (RuntimeError("password hunter2"), "INTERNAL", "something went wrong inside"),
        (ValueError("password hunter2"), "INTERNAL", "something went wrong inside"),
    ],
)
async def test_what_fails_inside_is_told_by_its_code(error: Exception, code: str, told: str) -> None:
    context = Context(GraphReader(Failing(error), mac))

    answer = await execute(SCHEMA, "{ studies { totalCount } }", None, context)

    assert codes(answer) == [code]
    assert answer["errors"][0]["message"].startswith(told)
    assert "hunter2" not in str(answer)
    assert answer["data"] is None


async def test_a_field_that_fails_leaves_the_others() -> None:
    context = Context(GraphReader(Failing(Unavailable("gone")), mac))

    answer = await execute(SCHEMA, '{ viewer { name role } study(accession: "S000001") { uid } }', None, context)

    assert answer["data"] == {"viewer": {"name": "anonymous", "role": "ANONYMOUS"}, "study": None}
    assert answer["errors"][0]["path"] == ["study"]


async def test_plugins_are_shown() -> None:
    plugins = [PluginFacts("qc", "0.1.0", ("register_checks",)), PluginFacts("bad", "1", (), "ImportError: x")]
    context = Context(GraphReader(Nothing(), mac), plugins=plugins)

    answer = await execute(SCHEMA, "{ plugins { name version hooks error } }", None, context)

    assert answer["data"]["plugins"] == [
        {"name": "qc", "version": "0.1.0", "hooks": ["register_checks"], "error": None},
        {"name": "bad", "version": "1", "hooks": [], "error": "ImportError: x"},
    ]


async def test_a_collection_is_made_and_read_back() -> None:
    diary, curator = Diary(), Viewer("ann", Role.CURATOR, EVERYTHING)
    document = """mutation { createCollection(input: {title: "T", bioProject: "PRJCA000001", access: CONTROLLED}) {
                  accession collection { title } } }"""

    answer = await execute(SCHEMA, document, None, Context(GraphReader(Nothing(), mac), diary, curator))

    assert answer == {"data": {"createCollection": {"accession": "OBIA0007", "collection": None}}}
    assert diary.asked == [("ann", "T", None, None, Access.CONTROLLED, "PRJCA000001")]


async def test_an_intake_is_started_and_polled() -> None:
    diary = Diary()
    document = """mutation { startIngest(input: {collection: "OBIA0007", folder: "new"}) {
                  id job { state total outcomes { code files } } } }"""

    answer = await execute(SCHEMA, document, None, Context(GraphReader(Nothing(), mac), diary))

    assert answer["data"]["startIngest"] == {
        "id": "job-1",
        "job": {"state": "RUNNING", "total": None, "outcomes": [{"code": "ACCEPTED", "files": 2}]},
    }
    assert diary.asked == [("anonymous", "OBIA0007", "new")]


async def test_a_mutation_that_is_refused_says_so() -> None:
    context = Context(GraphReader(Nothing(), mac), Diary(), ANONYMOUS)

    answer = await execute(SCHEMA, 'mutation { releaseCollection(accession: "OBIA0001") { images } }', None, context)

    assert codes(answer) == [Code.FORBIDDEN.value]


async def test_nothing_can_be_changed_while_reading() -> None:
    diary = Diary()
    document = 'mutation { startIngest(input: {collection: "OBIA0007", folder: "new"}) { id } }'

    answer = await execute(SCHEMA, document, None, Context(GraphReader(Nothing(), mac), diary), is_read_only=True)

    assert codes(answer) == ["FORBIDDEN"]
    assert diary.asked == []


@pytest.mark.neo4j
async def test_nodes_come_in_the_order_of_their_ids(graph: Graph) -> None:
    world = worlds.world(1)
    await worlds.write(graph, world)
    ids = [worlds.id_of(world.nodes[place]) for name in ("Image", "Study", "Run") for place in world.of(name)[:2]]
    wanted = [ids[3], encode("Study", "nowhere"), ids[0], ids[5], ids[3]]

    data = await Asker(graph).data(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": wanted}, EVERYTHING
    )

    found = [each and each["id"] for each in data["nodes"]]
    assert found == [ids[3], None, ids[0], ids[5], ids[3]]
    assert data["nodes"][2]["__typename"] == "Image"


SIMILAR = "query($uid: String!) { similarImages(uid: $uid, first: 2) { distance image { uid series { uid } } } }"


@pytest.fixture
async def three(graph: Graph) -> Graph:
    """Images 1 to 5 of an OPEN collection, of which 2 and 3 are not released."""
    await graph.run(
        "CREATE (:Collection {accession: 'OBIA0001', access: 'OPEN', state: 'RELEASED'}) "
        "WITH 1 AS one UNWIND range(1, 5) AS n CREATE (:Image {uid: '2.25.' + n, collection: 'OBIA0001', "
        "state: CASE WHEN n IN [2, 3] THEN 'ACCEPTED' ELSE 'RELEASED' END})"
    )
    return graph


async def _similar(graph: Graph, uid: str, hits: Sequence[Hit] | None, scope: Scope | None = None) -> dict[str, Any]:
    return await Asker(graph, candidates=Neighbours(hits)).ask(SIMILAR, {"uid": uid}, scope)


HITS = [Hit(f"2.25.{number}", number) for number in (2, 3, 4, 5)]


@pytest.mark.neo4j
async def test_similar_images_that_are_hidden_make_room_for_others(three: Graph) -> None:
    answer = await _similar(three, "2.25.1", HITS)

    assert [(each["distance"], each["image"]["uid"]) for each in answer["data"]["similarImages"]] == [
        (4, "2.25.4"),
        (5, "2.25.5"),
    ]


@pytest.mark.neo4j
async def test_who_sees_all_finds_the_nearest(three: Graph) -> None:
    answer = await _similar(three, "2.25.1", HITS, EVERYTHING)

    assert [each["distance"] for each in answer["data"]["similarImages"]] == [2, 3]


@pytest.mark.neo4j
@pytest.mark.parametrize(("uid", "hits"), [("2.25.2", HITS), ("2.25.99", []), ("2.25.1", None)])
async def test_an_image_that_is_hidden_or_has_no_code_is_not_found(
    three: Graph, uid: str, hits: Sequence[Hit] | None
) -> None:
    answer = await _similar(three, uid, hits)

    assert codes(answer) == ["NOT_FOUND"]


async def test_requests_side_by_side_do_not_mix() -> None:
    viewers = [Viewer(f"v{number}", Role.RESEARCHER) for number in range(5)]
    contexts = [Context(GraphReader(Nothing(), mac), None, viewer) for viewer in viewers]

    answers = await asyncio.gather(*(execute(SCHEMA, "{ viewer { name } }", None, each) for each in contexts))

    assert [each["data"]["viewer"]["name"] for each in answers] == [viewer.name for viewer in viewers]
