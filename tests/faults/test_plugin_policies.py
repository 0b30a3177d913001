"""What a plugin that raises can do to the archive: refuse an instance, lose a field, leave a line in the log; no more.

One archive meets them all: a file's Manufacturer says who fails on it. It is taken in twice, by `obia ingest` and by
`obia work`, and what happened is gathered before any test looks.
"""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.hooks import REGISTER, TELL
from obia.server import quarantine
from obia.server.archive import open_archive
from obia.server.cli.init import make_home
from obia.server.settings import Settings
from tests import make
from tests.conftest import settings_on, wipe
from tests.faults import disturbed
from tests.shelf import Shelf

pytestmark = pytest.mark.neo4j

DECIDER = """
    from dataclasses import replace
    from obia import PluginCode, Rejected, hookimpl

    class Mine:
        name = "mine"
        def __init__(self, archive):
            self.archive = archive
        def deidentify(self, original, pseudonyms):
            clean = self.archive.registered.deidentifiers["deid_ctp"].deidentify(original, pseudonyms)
            clean.header.Manufacturer = "CHOSEN BY NAME"
            return replace(clean, kind=replace(clean.kind, manufacturer="CHOSEN BY NAME"))

    class Thrower:
        name = "thrower"
        def deidentify(self, original, pseudonyms):
            raise ValueError(f"about {original.patient.id}")

    @hookimpl
    def register_codes(archive):
        return [PluginCode("decider.NOT_THIS")]

    @hookimpl
    def register_deidentifiers(archive):
        return [Mine(archive), Thrower()]

    @hookimpl
    def choose_deidentifier(archive, kind):
        if kind.manufacturer == "choose":
            raise ValueError("cannot choose")
        return {"mine": "mine", "thrower": "thrower", "absent": "no such one"}.get(kind.manufacturer)

    @hookimpl
    def before_ingest(archive, clean):
        if clean.kind.manufacturer == "rejected":
            raise Rejected("not this one")
        if clean.kind.manufacturer == "own":
            raise Rejected("not this one", PluginCode("decider.NOT_THIS"))
        if clean.kind.manufacturer == "smuggler":
            raise Rejected("not this one", PluginCode("decider." + clean.kind.manufacturer.upper()))
        if clean.kind.manufacturer == "before":
            raise ZeroDivisionError("broken")
"""
CHECKER = """
    from obia import Finding, PluginCode, hookimpl

    class Raw:
        name = "raw_raiser"
        def check_raw(self, original):
            if original.kind.manufacturer == "raw":
                raise ValueError(f"about {original.patient.id}")
            if original.kind.manufacturer == "raw own":
                return [Finding(PluginCode("checker.ODD"))]
            if original.kind.manufacturer == "raw smuggler":
                return [Finding("checker." + original.patient.id)]
            return ()

    class Instance:
        name = "instance_raiser"
        def check_instance(self, clean):
            if clean.kind.manufacturer == "instance":
                raise ValueError("broken")
            return ()

    @hookimpl
    def register_codes(archive):
        return [PluginCode("checker.ODD")]
    @hookimpl
    def register_checks(archive):
        return [Raw(), Instance()]
"""
ENCODER = """
    from obia import EncoderIdentity, hookimpl

    class Broken:
        name = "broken_encoder"
        identity = EncoderIdentity("broken_encoder", "0" * 64, "none", "none", 64)
        def encode(self, frames):
            raise ValueError("broken")

    @hookimpl
    def register_encoders(archive):
        return [Broken()]
"""
LISTENER = """
    import pathlib
    from obia import hookimpl

    def note(*words):
        with open(pathlib.Path(__file__).parent / "heard", "a") as stream:
            print(*words, file=stream)

    @hookimpl
    def after_ingest(archive, receipt):
        note("after_ingest", receipt)
    @hookimpl
    def ingest_failed(archive, intake_id, code):
        note("ingest_failed", intake_id, code)
    @hookimpl
    def started(archive):
        note("started")
    @hookimpl
    def stopping(archive):
        note("stopping")
"""
RAISER = """
    from obia import hookimpl

    @hookimpl
    def after_ingest(archive, receipt):
        raise ValueError("broken")
    @hookimpl
    def ingest_failed(archive, intake_id, code):
        raise ValueError("broken")
    @hookimpl
    def started(archive):
        raise ValueError("broken")
    @hookimpl
    def stopping(archive):
        raise ValueError("broken")
"""
FIELDS = """
    import strawberry
    from obia import Extension, hookimpl

    @strawberry.type
    class Fields:
        @strawberry.field(description="Fails.")
        def broken(self) -> str | None:
            raise RuntimeError("a secret of the plugin")
        @strawberry.field(description="Answers.")
        def sound(self) -> str | None:
            return "sound"

    @hookimpl
    def register_types(archive):
        return [Extension("Study", Fields)]
"""
REGISTRAR = """
    from obia import hookimpl

    @hookimpl
    def {hook}({archive}):
        raise ValueError("broken in {hook}")
"""
REFUSALS = {
    "choose": "PLUGIN_FAILED",
    "thrower": "PLUGIN_FAILED",
    "absent": "NO_DEIDENTIFIER",
    "rejected": "REFUSED",
    "own": "decider.NOT_THIS",
    "smuggler": "REFUSED",
    "before": "PLUGIN_FAILED",
    "raw": "CHECK_FAILED",
    "raw own": "checker.ODD",
    "raw smuggler": "CHECK_FAILED",
    "instance": "CHECK_FAILED",
}
MAKERS = ("sound", "mine", *REFUSALS)
QUESTION = "{ studies(first: 1) { nodes { uid sound broken } } }"


@dataclass(slots=True)
class Happened:
    """What was seen of one archive with bad plugins."""

    run: "subprocess.CompletedProcess[str]"
    plugins: dict[str, Any]
    answer: dict[str, Any]
    required: "subprocess.CompletedProcess[str]"
    heard: list[str]
    codes: dict[str, str] = field(default_factory=dict)
    makers: list[str] = field(default_factory=list)
    findings: list[list[object]] = field(default_factory=list)
    images: int = 0


@pytest.fixture(scope="module", params=["ingest", "work"])
def happened(
    services: Settings, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Happened]:
    """A file for each, a third-party plugin for every way to fail, and one of the two commands that take files in."""
    folder = tmp_path_factory.mktemp("policies")
    settings = settings_on(services, folder / "archive")
    make_home(settings)
    asyncio.run(wipe(settings))
    asyncio.run(disturbed.add_collection(settings))
    for maker in MAKERS:
        make.file(folder / "in" / f"{maker}.dcm", _image(maker))
    yield _happen(_shelf(folder), settings, folder / "in", request.param)


def _image(maker: str) -> Any:
    uids = {name: make.uid(maker, name) for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")}
    return make.image(PatientID=f"PID-{maker}", Manufacturer=maker, **uids)


def _shelf(folder: Path) -> Shelf:
    shelf = Shelf(folder)
    for name, source in (("decider", DECIDER), ("checker", CHECKER), ("encoder", ENCODER), ("fields", FIELDS)):
        shelf.put(name, source)
    for name, source in (("a_raiser", RAISER), ("listener", LISTENER), ("z_raiser", RAISER)):
        shelf.put(name, source)
    for hook in REGISTER:
        archive = "" if hook == "register_settings" else "archive"
        shelf.put(f"bad_{hook}", REGISTRAR.format(hook=hook, archive=archive))
    return shelf


def _happen(shelf: Shelf, settings: Settings, folder: Path, door: str) -> Happened:
    environment = disturbed.environment(settings)
    ingest = ("ingest", str(folder), "--collection", "OBIA0001")
    if door == "work":
        shelf.obia(*ingest, **environment, OBIA_CRASH_AT="submission-planned")
        (shelf.folder / "heard").unlink()
    run = shelf.obia(*(("work", "--until-idle") if door == "work" else ingest), **environment)
    heard = (shelf.folder / "heard").read_text().splitlines()
    seen = Happened(
        run,
        shelf.plugins(**environment),
        json.loads(shelf.obia("query", QUESTION, **environment).stdout),
        shelf.obia(*ingest, **environment, OBIA_REQUIRE="deid_ctp,bad_register_checks"),
        heard,
    )
    asyncio.run(_look(settings, seen))
    return seen


async def _look(settings: Settings, seen: Happened) -> None:
    async with open_archive(settings) as archive:
        for each in await quarantine.entries(archive):
            shown = await quarantine.show(archive, ADMINISTRATOR, each.intake_id)
            seen.codes[Path(str(shown["path"])).stem] = str(each.code)
        rows = await archive.graph.read("MATCH (s:Series) RETURN s.manufacturer ORDER BY s.manufacturer")
        seen.makers = [str(row[0]) for row in rows]
        seen.findings = await archive.graph.read(
            "MATCH (f:Finding) WHERE f.code = 'ENCODER_FAILED' RETURN f.check, count(*)"
        )
        [[seen.images]] = await archive.graph.read("MATCH (i:Image) RETURN count(i)")


def test_files_go_in_whatever_plugins_do(happened: Happened) -> None:
    assert happened.run.returncode == 0, happened.run.stderr
    assert {*happened.codes, "sound", "mine"} == {*MAKERS}
    assert happened.images == 2


@pytest.mark.parametrize("hook", REGISTER)
def test_a_plugin_that_raises_while_registering_is_set_aside(happened: Happened, hook: str) -> None:
    assert f"broken in {hook}" in happened.plugins[f"bad_{hook}"]["error"]
    assert f"plugin bad_{hook} is set aside" in happened.run.stderr
    assert {happened.plugins[name]["error"] for name in ("deid_ctp", "qc", "decider", "listener")} == {None}


def test_a_required_plugin_that_cannot_run_ends_the_command_in_one_line(happened: Happened) -> None:
    assert happened.required.returncode == 69
    last = happened.required.stderr.splitlines()[-1]
    assert last.startswith("obia: PLUGIN_FAILED: the required plugin bad_register_checks cannot run")


@pytest.mark.parametrize(("maker", "code"), REFUSALS.items())
def test_a_plugin_that_raises_over_one_instance_refuses_that_one(happened: Happened, maker: str, code: str) -> None:
    assert happened.codes[maker] == code


def test_the_named_deidentifier_wins_over_the_built_in(happened: Happened) -> None:
    assert happened.makers == ["CHOSEN BY NAME", "sound"]


@pytest.mark.parametrize("hook", TELL)
def test_a_plugin_that_raises_when_told_leaves_a_line_and_others_are_told(happened: Happened, hook: str) -> None:
    for raiser in ("a_raiser", "z_raiser"):
        assert f"plugin {raiser} failed in {hook}: ValueError" in happened.run.stderr
    times = {"after_ingest": 2, "ingest_failed": len(REFUSALS), "started": 1, "stopping": 1}
    assert sum(line.split()[0] == hook for line in happened.heard) == times[hook]


def test_what_plugins_hear_of_an_instance_holds_no_identity(happened: Happened) -> None:
    heard = "\n".join(happened.heard)

    assert "collection='OBIA0001'" in heard
    for maker in MAKERS:
        assert f"PID-{maker}" not in heard
        assert f"{maker}.dcm" not in heard
        assert not any(str(make.uid(maker, name)) in heard for name in ("StudyInstanceUID", "SOPInstanceUID"))


def test_what_a_plugin_says_of_an_original_is_not_repeated(happened: Happened) -> None:
    assert "thrower failed: ValueError" in happened.run.stderr
    assert "PID-" not in happened.run.stderr + happened.run.stdout


def test_an_encoder_that_raises_is_a_finding_on_an_accepted_image(happened: Happened) -> None:
    assert happened.findings == [["broken_encoder", 2]]


def test_a_field_of_a_plugin_that_raises_is_null_and_the_rest_is_answered(happened: Happened) -> None:
    [study] = happened.answer["data"]["studies"]["nodes"]
    [error] = happened.answer["errors"]

    assert (study["broken"], study["sound"]) == (None, "sound")
    assert study["uid"]
    assert error["path"] == ["studies", "nodes", 0, "broken"]
    assert "secret" not in json.dumps(happened.answer)
