"""Mutations over HTTP: who may, what comes of it, and what goes on record."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from obia.schema.access import Role
from obia.schema.graphql.ids import encode
from obia.server.access import create_token
from obia.server.archive import OpenArchive
from obia.server.audit import INTENDED
from obia.server.settings import Secret, Settings
from obia.server.work.worker import work
from tests import make
from tests.server.http.conftest import client_of

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

CREATE = 'mutation { createCollection(input: {title: "T", bioProject: "PRJCA000001"}) { accession } }'
RELEASE = 'mutation { releaseCollection(accession: "OBIA0001") { images collection { state } } }'
INGEST = """mutation($folder: String!) {
  startIngest(input: {collection: "OBIA0001", folder: $folder}) { id job { state total } }
}"""
JOB = "query($id: ID!) { job(id: $id) { state total outcomes { code files } } }"
CLINICAL = (
    "{ individuals { nodes { diagnoses { totalCount } } } }",
    "{ individuals { nodes { treatments { nodes { value } } } } studies { totalCount } }",
    '{ studies(filter: {individual: {history: {some: {value: {eq: "x"}}}}}) { totalCount } }',
    '{ node(id: "' + encode("Diagnosis", "OBIA0001/x/1") + '") { id } }',
)
NO_FOLDERS = (
    *("", ".", "..", "../outside", "a/../a", "a//b", "a/", "/etc", "a\\b", "a\0"),
    *("link", "a/link", "file", "missing", "x" * 300),
)
ROLES = (Role.RESEARCHER, Role.SUBMITTER, Role.CURATOR, Role.ADMINISTRATOR)


@dataclass(slots=True)
class Desk:
    """An archive with an inbox, and a token for every role."""

    archive: OpenArchive
    client: httpx.AsyncClient
    tokens: dict[str, str]

    @property
    def inbox(self) -> Path:
        """The folder whose subfolders may be named."""
        assert self.archive.settings.inbox
        return self.archive.settings.inbox

    async def ask(self, who: str, query: str, *, method: str = "POST", **variables: str) -> dict[str, Any]:
        """The answer to somebody."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
        asked = {"query": query, "variables": variables if method == "POST" else json.dumps(variables)}
        carried: dict[str, Any] = {"json": asked} if method == "POST" else {"params": asked}
        answer = await self.client.request(method, "/graphql", headers=headers, **carried)
        return dict(answer.json())

    def events(self) -> list[tuple[str, ...]]:
        """What is on record, intents aside: who, action, subject, outcome."""
        lines = self.archive.audit.path.read_text().splitlines() if self.archive.audit.path.exists() else []
        events = [json.loads(line) for line in lines]
        names = ("who", "action", "subject", "outcome")
        return [tuple(each[name] for name in names) for each in events if each["outcome"] != INTENDED]


@pytest.fixture
async def desk(archive: OpenArchive, tmp_path: Path) -> AsyncIterator[Desk]:
    """The archive, its inbox empty."""
    archive.settings = with_inbox(archive.settings, tmp_path / "inbox")
    tokens = {each.value.lower(): await create_token(archive.graph, each.value.lower(), each, []) for each in ROLES}
    async with client_of(archive) as client:
        yield Desk(archive, client, tokens)


def with_inbox(settings: Settings, inbox: Path) -> Settings:
    """Settings that name an inbox."""
    inbox.mkdir()
    return replace(settings, inbox=inbox)


def code(answer: dict[str, Any]) -> str | None:
    """The code of the first error, None where there is none."""
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None


async def test_roles_change_what_is_theirs_to_change(desk: Desk) -> None:
    (desk.inbox / "scans").mkdir()

    created = {who: code(await desk.ask(who, CREATE)) for who in ("anonymous", *desk.tokens)}
    released = {who: code(await desk.ask(who, RELEASE)) for who in ("anonymous", *desk.tokens)}
    ingested = {who: code(await desk.ask(who, INGEST, folder="scans")) for who in ("anonymous", *desk.tokens)}

    curators = {"curator": None, "administrator": None}
    refused = {"anonymous": "FORBIDDEN", "researcher": "FORBIDDEN"}
    assert created == refused | curators | {"submitter": None}
    assert released == refused | curators | {"submitter": "FORBIDDEN"}
    assert ingested == refused | curators | {"submitter": None}  # OBIA0001 is the submitter's own


async def test_a_submitter_fills_no_collection_of_another(desk: Desk) -> None:
    (desk.inbox / "scans").mkdir()
    await desk.ask("curator", CREATE)

    answer = await desk.ask("submitter", INGEST, folder="scans")

    assert code(answer) == "NOT_FOUND"
    assert await desk.archive.graph.read("MATCH (s:Submission) RETURN s") == []


async def test_an_ingest_is_asked_for_worked_on_and_polled(desk: Desk) -> None:
    for number, dataset in enumerate(make.study(3)):
        make.file(desk.inbox / "hospital" / "scans" / f"{number}.dcm", dataset)
    make.file(desk.inbox / "elsewhere.dcm")
    await desk.ask("submitter", CREATE)

    started = (await desk.ask("submitter", INGEST, folder="hospital/scans"))["data"]["startIngest"]
    await work(desk.archive, until_idle=True)

    assert started["job"] == {"state": "PLANNED", "total": 3}
    ended = {"state": "DONE", "total": 3, "outcomes": [{"code": "ACCEPTED", "files": 3}]}
    for method in ("POST", "GET"):
        answer = await desk.ask("submitter", JOB, method=method, id=started["id"])
        assert answer == {"data": {"job": ended}}
    assert await desk.ask("researcher", JOB, id=started["id"]) == {"data": {"job": None}}


async def test_a_folder_is_a_name_below_the_inbox(desk: Desk) -> None:
    (desk.inbox / "a" / "b").mkdir(parents=True)
    (desk.inbox / "file").touch()
    (desk.inbox.parent / "outside").mkdir()
    for link in (desk.inbox / "link", desk.inbox / "a" / "link"):
        link.symlink_to(desk.inbox.parent / "outside")
    await desk.ask("curator", CREATE)

    codes = {folder: code(await desk.ask("curator", INGEST, folder=folder)) for folder in NO_FOLDERS}

    assert codes == dict.fromkeys(NO_FOLDERS, "BAD_INPUT")
    assert await desk.archive.graph.read("MATCH (s:Submission) RETURN s") == []


async def test_an_archive_without_an_inbox_says_so(desk: Desk) -> None:
    await desk.ask("curator", CREATE)
    desk.archive.settings = replace(desk.archive.settings, inbox=None)

    answer = await desk.ask("curator", INGEST, folder="scans")

    assert code(answer) == "UNSUPPORTED"


async def test_a_queue_that_is_away_loses_no_ingest(desk: Desk) -> None:
    make.file(desk.inbox / "scans" / "1.dcm")
    await desk.ask("curator", CREATE)
    queue, desk.archive.redis_url = desk.archive.redis_url, Secret("redis://127.0.0.1:1/0")

    started = await desk.ask("curator", INGEST, folder="scans")
    desk.archive.redis_url = queue
    await work(desk.archive, until_idle=True)

    answer = await desk.ask("curator", JOB, id=started["data"]["startIngest"]["id"])
    assert answer["data"]["job"]["state"] == "DONE"


async def test_a_message_is_sent_for_every_batch(desk: Desk) -> None:
    desk.archive.settings = replace(desk.archive.settings, batch_size=1)
    for number, dataset in enumerate(make.study(2)):
        make.file(desk.inbox / "scans" / f"{number}.dcm", dataset)
    await desk.ask("curator", CREATE)
    with redis.Redis.from_url(desk.archive.redis_url.reveal()) as queue:
        queue.flushdb()

        await desk.ask("curator", INGEST, folder="scans")

        assert queue.llen("obia:obia") == 2
        queue.flushdb()


async def test_changes_go_on_record_and_refusals_of_a_token_too(desk: Desk) -> None:
    for who in ("anonymous", "researcher", "submitter"):
        await desk.ask(who, CREATE)
    await desk.ask("submitter", RELEASE)
    await desk.ask("curator", RELEASE)
    await desk.ask("curator", INGEST, folder="Doe^Jane")

    assert desk.events() == [
        ("researcher", "collection.create", "", "FORBIDDEN"),
        ("submitter", "collection.create", "OBIA0001", "ok"),
        ("submitter", "collection.release", "OBIA0001", "FORBIDDEN"),
        ("curator", "collection.release", "OBIA0001", "ok"),
        ("curator", "ingest.plan", "OBIA0001", "BAD_INPUT"),
    ]


async def test_a_change_that_cannot_be_recorded_is_refused(desk: Desk) -> None:
    await desk.ask("curator", CREATE)
    desk.archive.audit.path.unlink()
    desk.archive.audit.path.mkdir()

    answers = [await desk.ask("curator", each) for each in (CREATE, RELEASE)]

    assert [code(each) for each in answers] == ["AUDIT_UNWRITABLE"] * 2
    rows = await desk.archive.graph.read("MATCH (c:Collection) RETURN c.accession, c.state")
    assert rows == [["OBIA0001", "RECEIVED"]]


async def test_questions_that_may_tell_of_controlled_data_go_on_record(desk: Desk) -> None:
    await desk.ask("submitter", CREATE)

    for who in ("anonymous", "researcher", "submitter", "curator"):
        for query in (*CLINICAL, "{ individuals { nodes { sex studies { totalCount } } } }"):
            assert code(await desk.ask(who, query)) is None

    assert desk.events()[1:] == [
        *[("submitter", "clinical.read", "OBIA0001", "ok")] * len(CLINICAL),
        *[("curator", "clinical.read", "all", "ok")] * len(CLINICAL),
    ]


async def test_a_grant_is_named_when_it_is_used(desk: Desk) -> None:
    await desk.ask("curator", CREATE)
    desk.tokens["granted"] = await create_token(desk.archive.graph, "granted", Role.RESEARCHER, ["OBIA0001"])

    await desk.ask("granted", "{ individuals { nodes { diagnoses { totalCount } } } }")

    assert desk.events()[-1] == ("granted", "clinical.read", "OBIA0001", "ok")


async def test_what_cannot_go_on_record_is_not_answered(desk: Desk) -> None:
    desk.archive.audit.path.mkdir()

    answer = await desk.ask("curator", "{ individuals { nodes { diagnoses { totalCount } } } }")

    assert (code(answer), "data" in answer) == ("AUDIT_UNWRITABLE", False)


CANCEL = "mutation($id: ID!) { cancelIngest(id: $id) { id job { state outcomes { code } } } }"


async def test_who_started_an_ingest_or_a_curator_cancels_it(desk: Desk) -> None:
    make.file(desk.inbox / "scans" / "1.dcm")
    await desk.ask("submitter", CREATE)
    one, other = [(await desk.ask("submitter", INGEST, folder="scans"))["data"]["startIngest"]["id"] for _ in range(2)]

    refused = [code(await desk.ask(who, CANCEL, id=one)) for who in ("anonymous", "researcher")]
    own = await desk.ask("submitter", CANCEL, id=one)
    curators = await desk.ask("curator", CANCEL, id=other)
    again = code(await desk.ask("submitter", CANCEL, id=one))

    assert refused == ["FORBIDDEN", "FORBIDDEN"]
    assert own == {"data": {"cancelIngest": {"id": one, "job": {"state": "CANCELLED", "outcomes": []}}}}
    assert curators["data"]["cancelIngest"]["job"]["state"] == "CANCELLED"
    assert again == "BAD_INPUT"
    assert ("submitter", "ingest.cancel", one, "ok") in desk.events()


async def test_a_job_of_another_cannot_be_cancelled(desk: Desk) -> None:
    make.file(desk.inbox / "scans" / "1.dcm")
    await desk.ask("curator", CREATE)
    job = (await desk.ask("curator", INGEST, folder="scans"))["data"]["startIngest"]["id"]

    assert code(await desk.ask("submitter", CANCEL, id=job)) == "NOT_FOUND"
    assert code(await desk.ask("curator", CANCEL, id=job)) is None
