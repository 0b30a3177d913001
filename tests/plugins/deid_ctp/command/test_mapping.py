"""The mapping of originals and pseudonyms: only where it is asked for, only with the key, whole after every stop."""

import csv
import io
import json
from pathlib import Path

import pytest
from pydicom import dcmread

from obia.plugins.deid_ctp.command.keyfile import load_key
from obia.plugins.deid_ctp.command.mappings import Mapped, MappingFile, read_mapping
from tests import make
from tests.plugins.deid_ctp.command import runs
from tests.plugins.deid_ctp.command.runs import deid, refused, run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return runs.inbox(tmp_path / "in")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.mapping"


def held(file: Path) -> list[Mapped]:
    return list(read_mapping(file, load_key(file.parent / "a.key")))


def test_a_mapping_leads_from_what_came_out_to_what_went_in(source: Path, file: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out", "--mapping", file)

    after = {each.after["SOPInstanceUID"]: each for each in held(file)}
    assert len(after) == 3
    for path in runs.images(tmp_path / "out"):
        clean = dcmread(path)
        found = after[clean.SOPInstanceUID]
        original = dcmread(source / found.path)
        assert found.after["PatientID"] == clean.PatientID
        assert found.before["PatientID"] == original.PatientID
        assert found.before["PatientName"] == original.PatientName
        assert found.before["SOPInstanceUID"] == original.SOPInstanceUID


def test_no_mapping_is_kept_unless_it_is_asked_for(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out")

    assert not list(tmp_path.rglob("*mapping*"))


def test_a_mapping_is_its_owners_alone_and_says_nothing_without_the_key(
    source: Path, file: Path, tmp_path: Path
) -> None:
    run(source, tmp_path / "out", "--mapping", file)

    content = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not [
        secret for secret in (b"Doe^Jane", b"PID-0815", b"DOE^JANE", make.uid("in", 0).encode()) if secret in content
    ]
    with refused("KEY_WRONG", "of the key"):
        deid("mapping", file, "--key", runs.text(tmp_path / "b.key", "f" * 64))


def test_a_mapping_that_is_asked_for_later_is_whole(source: Path, file: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out")
    before = runs.tree(tmp_path / "out")

    run(source, tmp_path / "out", "--mapping", file)

    assert len(held(file)) == 3
    assert runs.tree(tmp_path / "out") == before


def test_a_second_run_adds_nothing(source: Path, file: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out", "--mapping", file)
    content = file.read_bytes()

    run(source, tmp_path / "out", "--mapping", file)

    assert file.read_bytes() == content


@pytest.mark.parametrize("cut", [1, 60, 600])
def test_a_mapping_that_was_cut_is_made_whole(source: Path, file: Path, tmp_path: Path, cut: int) -> None:
    run(source, tmp_path / "out", "--mapping", file)
    wanted = held(file)
    file.write_bytes(file.read_bytes()[:-cut])

    run(source, tmp_path / "out", "--mapping", file)

    assert sorted(map(repr, held(file))) == sorted(map(repr, wanted))


def test_a_run_that_was_killed_has_mapped_what_its_journal_says(tmp_path: Path, file: Path) -> None:
    source = runs.inbox(tmp_path / "in", 80)
    key, script = runs.text(tmp_path / "a.key", runs.KEY), runs.text(tmp_path / "trial.script", runs.TRIAL)
    words = ("run", "-s", script, "-k", key, "--now", runs.NOW, "--mapping", file, source, tmp_path / "out")
    with runs.program(*words, home=tmp_path) as process:
        while process.poll() is None and len(runs.images(tmp_path / "out")) < 66:  # past the first 64, which are noted
            pass
        process.kill()

    assert runs.ended(*words, home=tmp_path)[0] == 0
    assert sorted(each.path for each in held(file)) == sorted(
        str(path.relative_to(source)) for path in source.rglob("*.dcm")
    )


def test_a_changed_line_is_told(source: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(source, tmp_path / "out", "--mapping", file)
    head, first, second, *rest = file.read_text().splitlines(keepends=True)
    swapped = f"{first.split()[0]} {second.split()[1]}\n"

    for changed in (swapped, first.replace(first[40], "A" if first[40] != "A" else "B", 1), "x\n"):
        file.write_text("".join([head, changed, second, *rest]))
        with refused("KEY_WRONG", "a line of the mapping was changed"):
            deid("mapping", file, "--key", tmp_path / "a.key")


@pytest.mark.parametrize("content", [b"hello", b"hello\n", b"\xff\n", b'{"a": 1}\n'])
def test_a_file_that_is_no_mapping_is_left_as_it_is(source: Path, file: Path, tmp_path: Path, content: bytes) -> None:
    file.write_bytes(content)

    with refused("BAD_INPUT", "no mapping"):
        run(source, tmp_path / "out", "--mapping", file)
    with refused("BAD_INPUT", "no mapping"):
        deid("mapping", file, "--key", tmp_path / "a.key")

    assert file.read_bytes() == content


def test_a_mapping_that_cannot_be_there_is_refused(source: Path, tmp_path: Path) -> None:
    with refused("HOME_UNWRITABLE", "the mapping cannot be written"):
        run(source, tmp_path / "out", "--mapping", tmp_path / "nowhere" / "file")
    with refused("NOT_FOUND", "the mapping nothing cannot be read"):
        deid("mapping", tmp_path / "nothing", "--key", tmp_path / "a.key")


def test_two_runs_do_not_write_to_one_mapping(source: Path, file: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    key = runs.text(tmp_path / "a.key", runs.KEY)
    code = (
        "import sys; from pathlib import Path; from obia.plugins.deid_ctp.command.keyfile import load_key; "
        "from obia.plugins.deid_ctp.command.mappings import MappingFile; "
        f"held = MappingFile(Path({str(file)!r}), load_key(Path({str(key)!r}))); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline()

        with refused("BAD_INPUT", "another run writes to the mapping"):
            run(source, tmp_path / "out", "--mapping", file)

        other.kill()


def test_the_command_prints_a_table_in_which_nothing_is_a_formula(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.file(tmp_path / "in" / "=evil.dcm", runs.sample(PatientName="=cmd|'/c calc'!A0", PatientID='a,"b"'))
    run(tmp_path / "in", tmp_path / "out", "--mapping", file)
    capsys.readouterr()

    assert deid("mapping", file, "--key", tmp_path / "a.key") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert deid("mapping", file, "--key", tmp_path / "a.key", "--json") == 0
    line = json.loads(capsys.readouterr().out)

    assert rows[0]["PatientName"] == "'=cmd|'/c calc'!A0"
    assert rows[0]["PatientID"] == line["before"]["PatientID"] == 'a,"b"'
    assert rows[0]["path"] == "'=evil.dcm"
    assert line["before"]["PatientName"] == "=cmd|'/c calc'!A0"
    assert rows[0]["new PatientID"] == line["after"]["PatientID"]


def test_names_are_mapped_in_their_own_character_set(tmp_path: Path, file: Path) -> None:
    make.file(
        tmp_path / "in" / "a.dcm", runs.sample(SpecificCharacterSet="GB18030", PatientName="Wang^XiaoDong=王^小东")
    )

    run(tmp_path / "in", tmp_path / "out", "--mapping", file)

    assert held(file)[0].before["PatientName"] == "Wang^XiaoDong=王^小东"


def test_an_empty_mapping_names_its_key(tmp_path: Path, file: Path) -> None:
    key = load_key(runs.text(tmp_path / "a.key", runs.KEY))

    MappingFile(file, key).close()

    assert file.read_text() == f"obia deid mapping 1 {key.id}\n"
    assert not held(file)
