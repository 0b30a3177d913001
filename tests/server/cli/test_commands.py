"""The command line as a whole: what is misspelt, what is not there."""

from pathlib import Path

import pytest

from obia.schema.errors import Code, exit_status
from obia.server.cli import main

USAGE = 2


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is not there."""
    monkeypatch.setenv("OBIA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def run(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


@pytest.mark.parametrize(("words", "meant"), [(("ingets",), "ingest"), (("collection", "relase"), "release")])
def test_a_misspelt_command_is_told_with_the_nearest(
    words: tuple[str, ...], meant: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == USAGE
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_status_of_no_archive_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == exit_status(Code.SERVICE_FAILED)
    assert f"there is no archive at {home}; `obia init` makes one" in capsys.readouterr().out


def test_a_home_that_is_a_file_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.touch()

    assert run("status") == exit_status(Code.HOME_UNWRITABLE)
    assert capsys.readouterr().err.startswith(f"obia: HOME_UNWRITABLE: {home} is a file")


def test_init_makes_no_second_key_for_data_of_a_lost_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "store").mkdir(parents=True)

    assert run("init") == exit_status(Code.KEY_MISSING)
    assert "put your copy of the key back" in capsys.readouterr().err
    assert not (home / "key").exists()


@pytest.mark.parametrize("host", ["999.1.1.1", "203.0.113.7", "no such host"])
def test_a_host_that_cannot_be_listened_on_is_no_fault_of_the_port(
    host: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "key").touch()

    assert run("serve", "--host", host, "--port", "0") == exit_status(Code.BAD_INPUT)
    assert capsys.readouterr().err == (
        f"obia: BAD_INPUT: {host} is no address of this machine; name another with --host\n"
    )


@pytest.mark.parametrize("is_demo_there", [True, False])
def test_serve_without_an_archive_names_the_demos_where_there_is_one(
    is_demo_there: bool, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if is_demo_there:
        (home.parent / ".demo").mkdir()
        (home.parent / ".demo" / "key").touch()

    assert run("serve") == exit_status(Code.KEY_MISSING)
    assert ("OBIA_HOME=.demo make serve" in capsys.readouterr().err) is is_demo_there


def test_a_document_that_is_not_there_is_not_found(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("query", "@no such.graphql") == exit_status(Code.NOT_FOUND)
    assert capsys.readouterr().err == "obia: NOT_FOUND: there is no file no such.graphql\n"


def test_an_empty_path_is_not_this_folder(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ingest", "", "--collection", "OBIA0001") == exit_status(Code.BAD_INPUT)
    assert "PATH is empty" in capsys.readouterr().err
