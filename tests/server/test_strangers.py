"""Names that nobody reads: a misspelt variable, a section of no plugin."""

from pathlib import Path

import pytest

from obia.server.cli import main
from obia.server.settings import Settings
from obia.server.strangers import strangers


def test_a_misspelt_variable_is_told_with_the_nearest_name_and_without_its_value(tmp_path: Path) -> None:
    settings = Settings.load({"OBIA_HOME": str(tmp_path), "OBIA_GRAPH_PASWORD": "hunter2hunter2", "PATH": "x"})

    assert list(strangers(settings)) == ["there is no setting OBIA_GRAPH_PASWORD; did you mean OBIA_GRAPH_PASSWORD?"]


def test_a_section_of_no_plugin_is_told(tmp_path: Path) -> None:
    (tmp_path / "obia.toml").write_text('[plugins]\nallow = ["deid_ctp"]\n[plugins.deid_cpt]\n[plugins.qc]\n')

    found = list(strangers(Settings.load({"OBIA_HOME": str(tmp_path)})))

    assert found == ["obia.toml: no plugin deid_cpt is installed for [plugins.deid_cpt]; did you mean deid_ctp?"]


def test_the_program_warns_once_on_stderr_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OBIA_HOME", str(tmp_path))
    monkeypatch.setenv("OBIA_BATCHSIZE", "7")

    with pytest.raises(SystemExit) as ended:
        main(["settings", "--json"])

    assert not ended.value.code
    assert capsys.readouterr().err == "obia: there is no setting OBIA_BATCHSIZE; did you mean OBIA_BATCH_SIZE?\n"


def test_a_blocked_plugin_that_is_not_installed_is_told(tmp_path: Path) -> None:
    settings = Settings.load({"OBIA_HOME": str(tmp_path), "OBIA_BLOCK": "retrieval,likners"})

    assert list(strangers(settings)) == ["OBIA_BLOCK: no plugin likners is installed; did you mean linkers?"]
