"""`obia settings`: those of plugins too."""

from pathlib import Path

from click.testing import CliRunner

from obia.server.cli import settings as settings_command
from obia.server.settings import Settings


def test_the_settings_of_plugins_are_shown_with_their_origin(tmp_path: Path) -> None:
    (tmp_path / "obia.toml").write_text('[plugins.deid_ctp]\nscript = ""\n')
    settings = Settings.load({"OBIA_HOME": str(tmp_path)})

    shown = CliRunner().invoke(settings_command.command, obj=settings).stdout

    [line] = [each for each in shown.splitlines() if each.startswith("plugins.")]
    assert line.split() == ["plugins.deid_ctp.script", "obia.toml"]
