"""The three policies for a hook that raises, shown on every hook, with real plugins in this process."""

import importlib
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from obia.schema import hooks
from obia.schema.errors import BadInput, Code, PluginCode, Rejected
from obia.schema.values import Clean, Finding, Kind, Receipt
from obia.server.host.plugins import Plugins, load
from obia.server.settings import Settings
from tests import make

Install = Callable[..., Plugins]
KIND = Kind("", "CT", "", "", "OBIA0001")
RECEIPT = Receipt("0" * 32, "OBIA0001", "I000001", "S000001", "2.25.1", "2.25.2", KIND)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Load the plugins, with third parties whose sources are given by name."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(**sources: str) -> Plugins:
        for name, source in sources.items():
            module = f"plugin_{name}_{uuid4().hex}"
            (tmp_path / f"{module}.py").write_text(f"from obia import Rejected, hookimpl\n{source}")
            info = tmp_path / f"{name}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text(f"[obia]\n{name} = {module}\n")
        importlib.invalidate_caches()
        return load(Settings.load({"OBIA_HOME": str(tmp_path / "home")}))

    return install


def raising(hook: str, what: str = "ValueError('broken')") -> str:
    """A plugin whose hook raises."""
    return f"@hookimpl\ndef {hook}():\n    raise {what}\n"


def noting(hook: str, path: Path) -> str:
    """A plugin whose hook leaves a note."""
    return f"from pathlib import Path\n@hookimpl\ndef {hook}():\n    Path({str(path)!r}).touch()\n"


def clean() -> Clean:
    """A clean instance."""
    dataset = make.header()
    return Clean("0" * 32, KIND, dataset.file_meta, dataset, None)


@pytest.mark.parametrize("hook", hooks.REGISTER)
def test_a_plugin_that_raises_while_registering_is_set_aside_alone(hook: str, install: Install) -> None:
    errors = {each.name: each.error for each in install(bad=raising(hook)).loaded}

    assert errors.pop("bad") == "ValueError: broken"
    assert set(errors.values()) == {None}


@pytest.mark.parametrize("hook", hooks.DECIDE)
def test_a_plugin_that_raises_while_deciding_refuses_the_instance(hook: str, install: Install) -> None:
    plugins = install(bad=raising(hook))

    with pytest.raises(Rejected) as refusal:
        _decide(plugins, hook)

    assert refusal.value.code is Code.PLUGIN_FAILED


def test_a_plugin_refuses_a_clean_instance_by_its_own_code(install: Install) -> None:
    plugins = install(strict=raising("before_ingest", "Rejected('no')"))

    with pytest.raises(Rejected) as refusal:
        plugins.before_ingest(clean())

    assert refusal.value.code is Code.REFUSED


@pytest.mark.parametrize("hook", hooks.TELL)
def test_a_plugin_that_raises_while_told_keeps_nothing_from_the_others(
    hook: str, install: Install, tmp_path: Path
) -> None:
    first, last = tmp_path / "first", tmp_path / "last"
    plugins = install(a=noting(hook, first), b=raising(hook), c=noting(hook, last))

    _tell(plugins, hook)

    assert first.exists()
    assert last.exists()


def test_linkers_actors_and_extensions_are_registered(install: Install) -> None:
    plugins = install(
        mine="""
import strawberry
from obia.schema.extensions import Extension

class Linker:
    name = "mine"
    def label(self, accession): return None
    def link(self, receipt): return ()

class Actor:
    name = "mine"
    def perform(self, message): ...

@strawberry.type
class Fields:
    mine: str | None = strawberry.field(description="Mine.", default=None)

@hookimpl
def register_linkers(archive): return [Linker()]

@hookimpl
def register_actors(archive): return [Actor()]

@hookimpl
def register_types(archive): return [Extension(on="Study", fields=Fields)]
"""
    )

    assert "mine" in plugins.registered.linkers
    assert list(plugins.registered.actors) == ["mine"]
    assert [each.on for each in plugins.registered.extensions] == ["Study"]


def _decide(plugins: Plugins, hook: str) -> None:
    if hook == "before_ingest":
        plugins.before_ingest(clean())
    else:
        assert hook == "choose_deidentifier"
        plugins.choose_deidentifier(KIND)


def _tell(plugins: Plugins, hook: str) -> None:
    arguments: dict[str, tuple[object, ...]] = {
        "after_ingest": (RECEIPT,),
        "ingest_failed": ("0" * 32, "NOT_DICOM"),
        "started": (),
        "stopping": (),
    }
    getattr(plugins, hook)(*arguments[hook])


def test_a_plugin_brings_codes_under_its_own_name(install: Install) -> None:
    source = "from obia import PluginCode\n@hookimpl\ndef register_codes(): return [PluginCode('mine.TOO_SMALL')]\n"

    plugins = install(mine=source, thief=source)

    assert list(plugins.registered.codes) == ["mine.TOO_SMALL"]
    assert "begins with thief." in str({each.name: each.error for each in plugins.loaded}["thief"])


def test_a_refusal_with_a_plugins_own_code_is_refused_to_whoever_knows_only_ours() -> None:
    refusal = Rejected("too small", PluginCode("mine.TOO_SMALL"))

    assert (refusal.code, refusal.outcome) == (Code.REFUSED, "mine.TOO_SMALL")


@pytest.mark.parametrize(
    "text", ["TOO_SMALL", "mine.", "mine.too_small", "mine.A B", "mine.A\n", ".A", "m.Ä", f"m.{'A' * 63}"]
)
def test_a_code_of_another_form_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="in capitals"):
        PluginCode(text)


@pytest.mark.anyio
async def test_a_plugin_puts_no_code_on_record_that_it_did_not_register(install: Install) -> None:
    archive = install().archive

    with pytest.raises(BadInput, match="register_codes"):
        await archive.find(Finding(PluginCode("mine.TOO_SMALL")))
