"""Plugins as the host meets them: real distributions with entry points, on the path of a real process."""

from pathlib import Path

import pytest

from obia.schema.errors import BadSetting
from obia.schema.values import Kind
from obia.server.host.plugins import load
from obia.server.settings import Settings
from tests.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty shelf."""
    return Shelf(tmp_path)


def test_the_built_ins_come_through_the_public_door_in_their_order(shelf: Shelf) -> None:
    shelf.put("aardvark", "")

    names = list(shelf.plugins())

    assert names == ["deid_ctp", "qc", "retrieval", "linkers", "aardvark"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('broken on import')", "broken on import"),
        (
            """
            from obia import hookimpl
            @hookimpl
            def register_checks(archive):
                raise ValueError("broken while registering")
            """,
            "broken while registering",
        ),
        (
            """
            from obia import hookimpl
            @hookimpl
            def register_chekcs(archive):
                return []
            """,
            "register_chekcs",
        ),
        (
            """
            from obia import hookimpl
            @hookimpl
            def register_encoders(archive):
                return [object()]
            """,
            "does not fill that role",
        ),
        (
            """
            from obia import hookimpl
            @hookimpl
            def after_ingest(archive, no_such_argument):
                pass
            """,
            "no_such_argument",
        ),
        (
            """
            from obia import hookimpl
            class Mine:
                name = "deid_ctp"
                def deidentify(self, original, pseudonyms): ...
            @hookimpl
            def register_deidentifiers(archive):
                return [Mine()]
            """,
            "the name deid_ctp is taken",
        ),
        (
            """
            import strawberry
            from obia import Extension, hookimpl
            @strawberry.type
            class Promise:
                sharpness: float
            @hookimpl
            def register_types(archive):
                return [Extension(on="Study", fields=Promise)]
            """,
            "sharpness",
        ),
    ],
)
def test_a_plugin_that_cannot_run_is_set_aside_with_its_reason(shelf: Shelf, source: str, reason: str) -> None:
    shelf.put("third", source)

    plugins = shelf.plugins()

    assert reason in str(plugins["third"]["error"])
    assert plugins["deid_ctp"]["error"] is None


def test_a_required_plugin_that_cannot_run_stops_everything_in_one_line(shelf: Shelf) -> None:
    shelf.put("third", "raise RuntimeError('broken')")

    run = shelf.obia("plugins", OBIA_REQUIRE="third")

    assert run.returncode == 69
    assert run.stderr.splitlines()[-1].startswith("obia: PLUGIN_FAILED: the required plugin third cannot run")


def test_block_and_allow_say_which_plugins_are_let_in(shelf: Shelf) -> None:
    shelf.put("third", "")

    assert "qc" not in shelf.plugins(OBIA_BLOCK="qc")
    assert list(shelf.plugins(OBIA_PLUGINS="deid_ctp,third")) == ["deid_ctp", "third"]


def test_without_deid_ctp_nothing_starts(shelf: Shelf) -> None:
    run = shelf.obia("plugins", OBIA_BLOCK="deid_ctp")

    assert run.returncode == 69
    assert "OBIA_REQUIRE" in run.stderr


def test_settings_of_a_plugin_are_filled_from_its_section(shelf: Shelf) -> None:
    shelf.put(
        "third",
        """
        from dataclasses import dataclass
        from obia import hookimpl
        @dataclass(frozen=True)
        class ThirdSettings:
            limit: int = 3
        class Tell:
            name = "tell"
            help = "Tell the limit."
            def __init__(self, limit): self.limit = limit
            def run(self, arguments):
                print("limit", self.limit, *arguments)
                return 7
        @hookimpl
        def register_settings():
            return [ThirdSettings]
        @hookimpl
        def register_commands(archive):
            return [Tell(archive.settings(ThirdSettings).limit)]
        """,
    )
    (shelf.home / "obia.toml").write_text("[plugins.third]\nlimit = 12\n")

    run = shelf.obia("tell", "--loud")

    assert (run.returncode, run.stdout) == (7, "limit 12 --loud\n")


@pytest.mark.parametrize("line", ["limit = 'many'", "no_such = 1"])
def test_a_wrong_setting_of_a_plugin_is_its_error(shelf: Shelf, line: str) -> None:
    shelf.put(
        "third",
        """
        from dataclasses import dataclass
        from obia import hookimpl
        @dataclass(frozen=True)
        class ThirdSettings:
            limit: int = 3
        @hookimpl
        def register_settings():
            return [ThirdSettings]
        """,
    )
    (shelf.home / "obia.toml").write_text(f"[plugins.third]\n{line}\n")

    assert "[plugins.third]" in str(shelf.plugins()["third"]["error"])


def test_tracing_names_the_hook_and_who_fills_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plugins = load(Settings.load({"OBIA_HOME": str(tmp_path), "OBIA_TRACE": "true"}))

    plugins.choose_deidentifier(Kind("1.2", "CT", "secret maker", "1.2", "OBIA0001"))

    assert "hook choose_deidentifier: deid_ctp" in caplog.text
    assert "secret maker" not in caplog.text


def test_a_plugin_let_in_that_is_not_installed_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="OBIA_PLUGINS: no plugin deid_cpt is installed; did you mean deid_ctp"):
        load(Settings.load({"OBIA_HOME": str(tmp_path), "OBIA_PLUGINS": "deid_ctp,deid_cpt"}))
