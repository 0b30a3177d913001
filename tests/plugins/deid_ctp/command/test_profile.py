"""`obia deid profile`: a script to read, to change, and to run."""

import json
from pathlib import Path

import pytest

from obia.plugins.deid_ctp.command.profile import _FLAGS
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.profile.options import NAMES
from tests.plugins.deid_ctp.command import runs
from tests.plugins.deid_ctp.command.runs import deid, refused

BASE = ("--retain-patient-characteristics", "--retain-modified-dates", "--private", "numeric")
ALL = [flag for flag in _FLAGS if flag != "--retain-modified-dates"]


def test_every_option_of_the_standard_has_a_flag() -> None:
    assert {name for name, _ in _FLAGS.values()} == set(NAMES)


def test_the_base_script_is_a_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert deid("profile", *BASE) == 0

    printed = capsys.readouterr()
    assert printed.out == base_script().text
    assert "record number" in printed.err


@pytest.mark.parametrize("words", [["--retain-safe-private"], ["--private", "safe"]])
def test_safe_private_elements_are_asked_for_in_two_ways(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    deid("profile", *words)

    assert '<k en="T" t="safeprivateelements">' in capsys.readouterr().out


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    target = runs.text(tmp_path / "mine.script", "changed by hand")

    with refused("BAD_INPUT", "mine.script is there already"):
        deid("profile", "-o", target)

    assert target.read_text() == "changed by hand"


def test_a_folder_that_is_not_there_is_named_by_its_file(tmp_path: Path) -> None:
    with refused("BAD_INPUT", "mine.script cannot be written"):
        deid("profile", "-o", tmp_path / "nowhere" / "mine.script")


def test_dates_cannot_stay_and_move() -> None:
    with refused("BAD_INPUT", "choose one"):
        deid("profile", "--retain-full-dates", "--retain-modified-dates")


def test_clean_pixels_are_no_more_than_a_claim_and_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    deid("profile", "--clean-pixel-data")

    assert "only where a pixel script blanks" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], *([flag] for flag in _FLAGS), ALL, BASE], ids=" ".join)
def test_a_profile_runs_and_what_it_makes_verifies(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "my.script"
    deid("profile", *words, "-o", script)
    runs.inbox(tmp_path / "in", 1, InstitutionName="General Hospital", StudyDescription="for Jane Doe")

    ran = runs.run(tmp_path / "in", tmp_path / "out", script=script.read_text(encoding="utf-8"))
    capsys.readouterr()
    found = deid("verify", tmp_path / "out", "--json", "--originals", tmp_path / "in")

    assert ran == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (found, [(each["path"], each["what"]) for each in lines]) == (0, [])


@pytest.mark.parametrize("words", [[], ALL, BASE])
def test_a_profile_has_no_hazard_that_safe_mode_leaves(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deid("profile", *words, "-o", tmp_path / "my.script")
    capsys.readouterr()

    assert deid("lint", "--mode", "safe", tmp_path / "my.script") == 0

    printed = capsys.readouterr()
    assert printed.out == "my.script: no hazard found\n"
    assert ("record number" in printed.err) is ("numeric" in words)


def _ran(folder: Path, name: str, *arguments: object) -> dict[str, bytes]:
    """What a run makes of an inbox, by name."""
    key = runs.text(folder / "a.key", runs.KEY)
    deid("run", "--key", key, "--now", runs.NOW, *arguments, folder / "in", folder / name)
    return {str(each.relative_to(folder / name)): each.read_bytes() for each in (folder / name).rglob("*.dcm")}


def test_a_profile_is_run_without_a_script_of_it(tmp_path: Path) -> None:
    runs.inbox(tmp_path / "in", 2, InstitutionName="General Hospital", StudyDate="20200101")
    deid("profile", "--retain-institution-identity", "--retain-full-dates", "-o", tmp_path / "my.script")

    made = _ran(tmp_path, "profile", "--profile", "retain-institution-identity, retain-full-dates")

    assert made == _ran(tmp_path, "script", "--script", tmp_path / "my.script") and len(made) == 2
    assert made != _ran(tmp_path, "basic", "--profile", "basic")
    base = ",".join(each.removeprefix("--") for each in BASE if each != "--private")
    assert _ran(tmp_path, "base", "--profile", base) == _ran(tmp_path, "none")


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ("retain-everything", "'retain-everything'; there are basic"),
        ("", "''"),
        ("retain-full-dates,retain-modified-dates", "choose"),
    ],
)
def test_a_profile_of_options_that_cannot_be_is_refused(profile: str, message: str, tmp_path: Path) -> None:
    with refused("BAD_INPUT", message):
        deid("run", "--profile", profile, runs.inbox(tmp_path / "in", 1), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_profile_and_a_script_are_one_too_many(tmp_path: Path) -> None:
    with refused("BAD_INPUT", "not both"):
        deid("run", "--profile", "basic", "--script", tmp_path / "my.script", tmp_path / "in", tmp_path / "out")
