"""What needs a right or an owner: changes, jobs, and tokens whose holder is no longer there."""

from collections.abc import Iterator, Mapping

from tests.attack.archive import Archive
from tests.attack.client import Answer, Client
from tests.attack.rows import AttackFailed, Probe
from tests.attack.samples import lay
from tests.attack.things import Things

_CREATE = 'mutation { createCollection(input: {title: "No"}) { accession } }'
_REFUSALS = {"FORBIDDEN", "UNAUTHENTICATED", "NOT_FOUND", "BAD_INPUT"}
_JOB = "query($id: ID!) { found: job(id: $id) { state collection } }"

Viewers = Mapping[str, Client]


def mutations(who: Viewers, hidden: Things) -> Iterator[Probe]:
    """Changes without the right."""
    release = f'mutation {{ releaseCollection(accession: "{hidden.collection}") {{ images }} }}'
    tries: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("createCollection", _CREATE, ("anonymous", "researcher")),
        ("startIngest", _start(hidden.collection, "job"), ("anonymous", "researcher", "bob")),
        ("startIngest outside the inbox", _start(hidden.collection, "../home"), ("alice",)),
        ("releaseCollection", release, ("anonymous", "researcher", "bob", "alice")),
    )
    for name, document, viewers in tries:
        for viewer in viewers:
            yield Probe("mutations", f"{name} as {viewer}", _is_refused(who[viewer].ask(document)))
    yield Probe("mutations", "createCollection by GET", who["alice"].ask_by_get(_CREATE).status == 405)


def jobs(archive: Archive, who: Viewers, hidden: Things) -> Iterator[Probe]:
    """The owner's job, asked for by everybody."""
    lay(archive.inbox / "job", "JOB")
    started = who["alice"].ask(_start(hidden.collection, "job")).data.get("startIngest")
    if not started:
        raise AttackFailed("the owner could not start an ingest")
    archive.need("work", "--until-idle")
    job = {"id": started["id"]}
    yield Probe("jobs", "as the owner", bool(who["alice"].ask(_JOB, job).data.get("found")))
    for viewer in ("anonymous", "researcher", "bob", "granted"):
        yield Probe("jobs", f"as {viewer}", _is_nothing(who[viewer].ask(_JOB, job)))
    yield from _inherited(archive, who["alice"], job, hidden)


def tokens(archive: Archive, who: Viewers, hidden: Things) -> Iterator[Probe]:
    """Tokens that are unknown or revoked."""
    for name in ("bob", "researcher"):
        archive.need("token", "revoke", f"probe-{name}")
        yield Probe("tokens", f"{name} revoked", who[name].ask("{ viewer { name } }").status == 401)
    unknown = Client(who["bob"].port, "obia_" + "A" * 43)
    yield Probe("tokens", "unknown", unknown.ask("{ viewer { name } }").status == 401)
    preview = who["bob"].send("GET", f"/images/{hidden.images[0]}/preview.png")
    yield Probe("tokens", "revoked, for a preview", preview.status in (401, 404))


def _inherited(archive: Archive, alice: Client, job: Mapping[str, str], hidden: Things) -> Iterator[Probe]:
    """What a token sees that was made under the name of a revoked one."""
    archive.need("token", "revoke", "probe-alice")
    heir = Client(alice.port, archive.token("probe-alice", "submitter"))
    yield Probe("tokens", "old name: revoked", alice.ask("{ viewer { name } }").status == 401)
    yield Probe("tokens", "old name: job", _is_nothing(heir.ask(_JOB, job)))
    for name, field in hidden.lookups.items():
        yield Probe("tokens", f"old name: {name}", heir.ask(f"{{ found: {field} }}").data.get("found", "") is None)


def _start(collection: str, folder: str) -> str:
    return f'mutation {{ startIngest(input: {{collection: "{collection}", folder: "{folder}"}}) {{ id }} }}'


def _is_refused(answer: Answer) -> bool:
    is_done = any(value is not None for value in answer.data.values())
    return not is_done and bool(_REFUSALS.intersection(answer.codes))


def _is_nothing(answer: Answer) -> bool:
    return answer.data.get("found") is None and answer.status == 200
