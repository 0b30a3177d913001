"""`obia deid run`: what goes through, what does not, and what it refuses; `obia deid where`: which file that was."""

import errno
import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom import dcmread

from obia.plugins.deid_ctp.command.outbox import Outbox
from obia.plugins.deid_ctp.command.pool import cores
from tests import make
from tests.golden import ROOT
from tests.plugins.deid_ctp.command import runs
from tests.plugins.deid_ctp.command.runs import deid, refused, run

SECRETS = (b"DOE", b"Doe", b"JANE", b"Jane", b"PID-0815", b"19700203", b"ACC-4711", b"20200131", b"dcm_secret")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return runs.inbox(tmp_path / "in")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_run_puts_every_file_under_its_new_uids(source: Path, target: Path) -> None:
    assert run(source, target) == 0

    found = [dcmread(path) for path in runs.images(target)]
    assert len(found) == 3
    for path, each in zip(runs.images(target), found, strict=True):
        assert (
            str(path.relative_to(target))
            == f"{each.StudyInstanceUID}/{each.SeriesInstanceUID}/{each.SOPInstanceUID}.dcm"
        )
        assert each.SeriesDate == "20260131"
        assert each.PatientIdentityRemoved == "YES"


def test_nothing_of_an_original_lies_in_out_or_is_printed(
    source: Path, target: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (source / "dcm_secret").write_text("no image")

    run(source, target, "--json")

    printed = "".join(capfd.readouterr()).encode()
    everything = b"\n".join([printed, *(name.encode() + content for name, content in runs.tree(target).items())])
    assert len(runs.images(target)) == 3
    assert not [secret for secret in SECRETS if secret in everything]


def test_json_says_one_line_for_each_file(source: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (source / "no image").write_text("no image")

    assert run(source, target, "--json") == 1

    said = lines(capsys)
    assert [each["status"] for each in said] == ["OK", "OK", "OK", "QUARANTINE"]
    assert all((target / str(each["file"])).is_file() for each in said[:3])
    assert all(set(each) == {"id", "file", "status", "reason", "notes", "counts"} for each in said)
    assert sum(said[0]["counts"].values()) > 10  # type: ignore[attr-defined]


def test_one_worker_and_many_give_the_same(tmp_path: Path) -> None:
    source = runs.inbox(tmp_path / "in", 40)

    run(source, tmp_path / "one", "--workers", 1)
    run(source, tmp_path / "many", "--workers", 3)

    assert runs.tree(tmp_path / "one") == runs.tree(tmp_path / "many")


def test_a_second_run_does_nothing_again(source: Path, target: Path) -> None:
    run(source, target)
    before, times = runs.tree(target), [path.stat().st_mtime_ns for path in runs.images(target)]

    assert run(source, target) == 0

    assert runs.tree(target) == before
    assert [path.stat().st_mtime_ns for path in runs.images(target)] == times


def test_a_second_run_takes_what_is_new(source: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(source, target)
    make.file(source / "AAA.dcm", runs.sample())

    assert run(source, target) == 0

    assert len(runs.images(target)) == 4
    assert (target / ".evidence" / "batch-000002.json").is_file()


def test_a_second_run_puts_back_what_was_deleted(source: Path, target: Path) -> None:
    run(source, target)
    before = runs.tree(target)
    runs.images(target)[1].unlink()

    assert run(source, target) == 0

    assert runs.tree(target) == before


def test_a_file_that_changed_since_is_not_written_over(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(source, target)
    before = [path.read_bytes() for path in runs.images(target)]
    changed = next(source.rglob("0001.dcm"))
    make.file(changed, make.image(make.array(seed=99), SOPInstanceUID=make.uid("in", 1)))
    capsys.readouterr()

    assert run(source, target, "--json") == 1

    assert [each["status"] for each in lines(capsys)] == ["OK", "CHANGED", "OK"]
    assert [path.read_bytes() for path in runs.images(target)] == before


def test_the_same_bytes_twice_are_a_duplicate_and_others_under_one_uid_a_conflict(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = next(source.rglob("0000.dcm"))
    (source / "x1").write_bytes(first.read_bytes())
    make.file(
        source / "x2", make.image(make.array(seed=0), SOPInstanceUID=make.uid("in", 0), PatientName="Roe^Richard")
    )
    make.file(source / "x3", runs.sample(SOPInstanceUID=make.uid("in", 0), SeriesInstanceUID=make.uid("other")))

    assert run(source, target, "--json") == 1

    said = lines(capsys)
    assert [each["status"] for each in said[3:]] == ["DUPLICATE", "CONFLICT", "CONFLICT"]
    assert all(str(said[0]["id"]) in str(each["reason"]) for each in said[3:])
    assert len(runs.images(target)) == 3


def test_which_of_two_files_wins_is_the_same_after_a_run_that_was_stopped(source: Path, tmp_path: Path) -> None:
    (source / "x1").write_bytes(next(source.rglob("0000.dcm")).read_bytes())
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    run(source, whole)
    run(source, stopped)
    journal = stopped / ".deid" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:50])  # placed, and killed before the journal said so
    for each in (stopped / ".evidence").iterdir():
        each.unlink()

    run(source, stopped)

    assert runs.tree(stopped) == runs.tree(whole)


def test_what_is_no_readable_dicom_file_is_told_by_its_id(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "a text").write_text("hello")
    (source / "empty").touch()
    (source / "dangling").symlink_to("nowhere")
    (source / "unreadable").symlink_to("/proc/self/mem")  # a file that nobody can read, root neither
    (source / "device").symlink_to("/dev/null")
    os.mkfifo(source / "pipe")
    (source / "cut").write_bytes(next(source.rglob("0000.dcm")).read_bytes()[:400])
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(source / "socket"))

        assert run(source, target, "--json") == 1

    said = [each for each in lines(capsys) if each["status"] != "OK"]
    assert [each["status"] for each in said] == ["QUARANTINE"] * 8
    assert sorted(str(each["reason"]) for each in said if "it is no file" in str(each["reason"])) == [
        "it is no file, but a pipe, a socket or a device",
        "it is no file, but a pipe, a socket or a device",
    ]
    assert all(each["reason"] for each in said)
    assert len(runs.images(target)) == 3


def test_a_link_to_a_folder_is_not_followed_and_told(
    source: Path, target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "link").symlink_to(runs.inbox(tmp_path / "elsewhere", 1))

    assert run(source, target) == 1

    assert "left out, links or not to be opened: 1" in capsys.readouterr().err
    assert len(runs.images(target)) == 3


def test_names_that_are_no_text_are_read(
    source: Path, target: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = os.fsencode(source) + b"/na\xffme\n2"
    Path(os.fsdecode(name)).write_bytes(make.data(runs.sample()))

    assert run(source, target, "--mapping", tmp_path / "map") == 0
    deid("mapping", tmp_path / "map", "--key", tmp_path / "a.key")

    assert len(runs.images(target)) == 4


def test_a_single_file_can_be_in(source: Path, target: Path) -> None:
    assert run(next(source.rglob("0000.dcm")), target) == 0
    assert len(runs.images(target)) == 1


def test_a_filter_passes_files_over_in_safe_mode_and_on_in_strict_mode(source: Path, tmp_path: Path) -> None:
    rules = runs.text(tmp_path / "filter", 'Modality.equals("MR")')

    assert run(source, tmp_path / "safe", "--filter", rules) == 1
    assert run(source, tmp_path / "strict", "--filter", rules, "--mode", "strict") == 0

    assert not runs.images(tmp_path / "safe")
    assert len(runs.images(tmp_path / "strict")) == 3


def test_a_name_never_carries_a_uid_of_the_original(source: Path, target: Path) -> None:
    run(source, target, script=runs.TRIAL.replace("@hashuid(@UIDROOT,this)", "@keep()"))

    names = [path.relative_to(target).as_posix() for path in runs.images(target)]
    assert len(names) == 3
    assert not [name for name in names for n in range(3) if make.uid("in", n) in name or make.uid("study") in name]


def test_regions_are_blanked_by_a_pixel_script(source: Path, target: Path, tmp_path: Path) -> None:
    rules = runs.text(tmp_path / "pixels", '{ Modality.equals("CT") } (0,0,9,9)')

    assert run(source, target, "--pixels", rules) == 0

    for path in runs.images(target):
        pixels = dcmread(path).pixel_array
        assert not pixels[:10, :10].any()
        assert pixels[10:, 10:].any()


def test_a_lookup_table_is_heard(source: Path, target: Path, tmp_path: Path) -> None:
    table = runs.text(tmp_path / "table.properties", "pt/PID-0815=Subject-1\n")
    script = runs.TRIAL.replace("@hashptid(@SITEID,this)", "@lookup(this,pt)")

    assert run(source, target, "--lookup", table, script=script) == 0

    assert {dcmread(path).PatientID for path in runs.images(target)} == {"Subject-1"}


def test_numbers_by_first_appearance_come_in_the_order_of_the_files(source: Path, tmp_path: Path) -> None:
    script = runs.TRIAL.replace("@hashptid(@SITEID,this)", "@integer(SOPInstanceUID,images,3)")

    run(source, tmp_path / "one", "--workers", 2, script=script)
    run(source, tmp_path / "two", "--workers", 2, script=script)

    assert sorted(dcmread(path).PatientID for path in runs.images(tmp_path / "one")) == ["001", "002", "003"]
    assert runs.tree(tmp_path / "one") == runs.tree(tmp_path / "two")


def test_the_quarantine_keeps_originals_under_their_ids_for_their_owner_alone(
    source: Path, target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "odd").write_text("an original")

    run(source, target, "--quarantine", tmp_path / "held", "--json")

    said = next(each for each in lines(capsys) if each["status"] == "QUARANTINE")
    held = tmp_path / "held" / str(said["id"])
    assert held.read_text() == "an original"
    assert held.stat().st_mode & 0o777 == 0o600


def test_where_leads_from_an_id_back_to_the_path(
    source: Path, target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "odd").write_text("hello")
    run(source, target, "--json")
    said = next(each for each in lines(capsys) if each["status"] == "QUARANTINE")

    assert deid("where", source, str(said["id"]), "--key", tmp_path / "a.key") == 0
    assert capsys.readouterr().out == f"{said['id']} {source / 'odd'}\n"
    assert deid("where", source, "0" * 32, "--key", tmp_path / "a.key") == 1
    assert "is no file's of IN" in capsys.readouterr().err


class TestRefusals:
    """One line each, and nothing is written."""

    @pytest.mark.parametrize(
        ("source", "target", "said"),
        [
            ("in", "in", "IN and OUT are the same"),
            ("in", "in/out", "OUT lies in IN"),
            ("out/in", "out", "IN lies in OUT"),
            ("in", "link", "IN and OUT are the same"),
            ("in", "link/out", "OUT lies in IN"),
        ],
    )
    def test_places_that_lie_in_one_another(self, tmp_path: Path, source: str, target: str, said: str) -> None:
        runs.inbox(tmp_path / source, 1)
        (tmp_path / "link").symlink_to(tmp_path / "in")
        before = runs.tree(tmp_path)

        with refused("BAD_INPUT", said):
            deid("run", tmp_path / source, tmp_path / target)

        assert runs.tree(tmp_path) == before

    @pytest.mark.parametrize(
        ("option", "place", "said"),
        [
            ("--evidence", "in/e", "--evidence lies in IN"),
            ("--evidence", "out/e", "--evidence lies in OUT"),
            ("--quarantine", "out/q", "--quarantine lies in OUT"),
            ("--quarantine", "in", "IN and --quarantine are the same"),
            ("--mapping", "out/m", "--mapping lies in OUT"),
            ("--mapping", "in/m", "--mapping lies in IN"),
        ],
    )
    def test_other_places_in_in_and_out(self, source: Path, target: Path, option: str, place: str, said: str) -> None:
        with refused("BAD_INPUT", said):
            deid("run", option, source.parent / place, source, target)

    @pytest.mark.parametrize(
        ("now", "said"),
        [("yesterday", "no ISO 8601"), ("2026-13-01", "no ISO 8601"), ("2026-01-01T00:00:00+01:00", "a time zone")],
    )
    def test_a_time_that_is_none(self, source: Path, target: Path, now: str, said: str) -> None:
        with refused("BAD_INPUT", said):
            deid("run", "--now", now, source, target)

        assert not target.exists()

    @pytest.mark.parametrize(
        ("script", "said"),
        [
            ('<script>\n<e en="T" t="00100010">@empty()\n</script>', r"bad.script: line 3, column 3: mismatched tag"),
            ("<!DOCTYPE x>\n<script/>", r"line 1, column 1.*: a script has no DOCTYPE"),
            ("<rules/>", r"line 1, column 1: the root is <rules>"),
            ('<script>\n <e en="T" t="001">@empty()</e></script>', r"line 2, column 2: '001' is not an element"),
        ],
    )
    def test_a_script_that_is_none(self, source: Path, target: Path, tmp_path: Path, script: str, said: str) -> None:
        with refused("BAD_SCRIPT", said):
            deid("run", "--script", runs.text(tmp_path / "bad.script", script), source, target)

        assert not target.exists()

    def test_texts_that_cannot_be_read(self, source: Path, target: Path, tmp_path: Path) -> None:
        (tmp_path / "latin").write_bytes(b"<script><p t='X'>\xe9</p></script>")

        with refused("NOT_FOUND", "the script nowhere is not there"):
            deid("run", "--script", tmp_path / "nowhere", source, target)
        with refused("BAD_SCRIPT", "latin is not UTF-8"):
            deid("run", "--script", tmp_path / "latin", source, target)
        with refused("NOT_FOUND", "the lookup table nowhere"):
            deid("run", "--lookup", tmp_path / "nowhere", source, target)

    def test_in_that_is_nothing_or_empty(self, target: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()

        with refused("NOT_FOUND", "IN is no folder"):
            run(tmp_path / "nothing", target)
        with refused("NOT_FOUND", "IN holds no file"):
            run(tmp_path / "empty", target)

    def test_out_that_is_not_ours_or_of_another_run(self, source: Path, target: Path, tmp_path: Path) -> None:
        (tmp_path / "theirs").mkdir()
        (tmp_path / "theirs" / "file").touch()
        run(source, target)

        with refused("BAD_INPUT", "OUT holds files that no run"):
            run(source, tmp_path / "theirs")
        with refused("BAD_INPUT", "begun with another script"):
            run(source, target, script=runs.TRIAL.replace("113107", "113106"))
        with refused("BAD_INPUT", "begun with another script"):
            run(source, target, "--mode", "strict")
        with refused("BAD_INPUT", "begun with another script"):
            deid("run", "--key", tmp_path / "a.key", source, target)

    def test_a_stopped_run_with_another_time(self, source: Path, target: Path, tmp_path: Path) -> None:
        run(source, target)
        state = target / ".deid" / "run.json"
        state.write_text(state.read_text().replace("true", "false"))

        with refused("BAD_INPUT", "begun with --now 2026-01-31T12:00:00"):
            deid(
                "run", "-s", tmp_path / "trial.script", "-k", tmp_path / "a.key", "--now", "2020-01-01", source, target
            )

    @pytest.mark.parametrize("name", ["run.json", "journal.jsonl"])
    def test_a_state_that_somebody_changed(self, source: Path, target: Path, name: str) -> None:
        run(source, target)
        (target / ".deid" / name).write_text("[]\n")

        with refused("BAD_INPUT", f"{name} was changed"):
            run(source, target)

    def test_out_that_is_a_file(self, source: Path, tmp_path: Path) -> None:
        with refused("HOME_UNWRITABLE", "OUT cannot be written"):
            run(source, runs.text(tmp_path / "file", "x"))

    def test_out_that_may_not_be_written(self, source: Path, tmp_path: Path) -> None:
        key = runs.text(tmp_path / "a.key", runs.KEY)

        with refused("HOME_UNWRITABLE", "OUT cannot be written: "):
            deid("run", "--key", key, source, "/proc/out")  # where nobody can write, root neither

    def test_a_second_run_at_the_same_time(
        self, source: Path, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run(source, target)
        before = runs.tree(target)
        code = (
            f"import sys; from pathlib import Path; from obia.plugins.deid_ctp.command.outbox import Outbox; "
            f"held = Outbox(Path({str(target)!r})); held._hold(); print(flush=True); sys.stdin.read()"
        )
        monkeypatch.setattr("obia.plugins.deid_ctp.command.outbox._PATIENCE", 0.1)
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            assert other.stdout.readline()

            with refused("BAD_INPUT", "another run writes to OUT"):
                run(source, target)

            other.kill()
        assert runs.tree(target) == before


class TestKeys:
    """Which key a run has."""

    def test_one_is_made_where_the_archives_would_be_and_named(
        self,
        source: Path,
        target: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        home = tmp_path / "home"
        monkeypatch.setenv("OBIA_HOME", str(home))

        assert deid("run", source, target) == 0

        assert f"key: {home / 'key'} was made" in capsys.readouterr().err
        assert (home / "key").stat().st_mode & 0o777 == 0o600
        assert (home / "key.ed25519").stat().st_mode & 0o777 == 0o600
        assert deid("run", source, target) == 0
        assert "was made" not in capsys.readouterr().err

    def test_the_archive_reads_the_key_that_was_made(
        self, source: Path, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from obia.server.keys import Keys

        monkeypatch.setenv("OBIA_HOME", str(tmp_path / "home"))
        deid("run", source, target)

        assert Keys.load(tmp_path / "home" / "key").key_id in next((target / ".evidence").glob("*.jsonl")).read_text()

    def test_another_key_gives_other_pseudonyms(self, source: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.key"
        other.write_bytes(bytes(range(32)))
        run(source, tmp_path / "out")
        deid("run", "-s", tmp_path / "trial.script", "-k", other, source, tmp_path / "out2")

        first, second = (dcmread(runs.images(tmp_path / each)[0]) for each in ("out", "out2"))
        assert first.PatientID != second.PatientID

    @pytest.mark.parametrize(
        ("content", "code"), [(None, "KEY_MISSING"), (b"short", "KEY_WRONG"), (b"{}", "KEY_WRONG")]
    )
    def test_a_key_file_that_holds_none_is_refused(
        self, source: Path, target: Path, tmp_path: Path, content: bytes | None, code: str
    ) -> None:
        if content is not None:
            (tmp_path / "bad.key").write_bytes(content)

        with refused(code, "bad.key"):
            deid("run", "--key", tmp_path / "bad.key", source, target)

        assert not target.exists()


def full(*arguments: object, home: Path, size: int) -> tuple[int, str]:
    """The program where no file may be larger than a size: exit status and errors."""
    done = subprocess.run(
        [sys.executable, "-m", "obia", "deid", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OBIA_HOME": str(home)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("size", [300, 1500, 6000])  # run.json, a draft, the journal and its records
def test_a_full_disk_ends_the_run_with_one_line_and_it_can_go_on(tmp_path: Path, size: int) -> None:
    source = runs.inbox(tmp_path / "in", 5)
    run(source, tmp_path / "whole")
    given = (
        "run",
        "-s",
        tmp_path / "trial.script",
        "-k",
        tmp_path / "a.key",
        "--now",
        runs.NOW,
        source,
        tmp_path / "out",
    )

    status, errors = full(*given, home=tmp_path / "home", size=size)

    assert (status, errors) == (74, f"obia: DISK_FULL: OUT cannot be written: {os.strerror(errno.EFBIG)}\n")
    placed = {path.relative_to(tmp_path / "out") for path in runs.images(tmp_path / "out")}
    assert all((tmp_path / "whole" / each).read_bytes() == (tmp_path / "out" / each).read_bytes() for each in placed)
    assert run(source, tmp_path / "out") == 0
    assert runs.tree(tmp_path / "out") == runs.tree(tmp_path / "whole")


def test_a_terminal_shows_how_far_the_run_is(tmp_path: Path) -> None:
    source = runs.inbox(tmp_path / "in", 5)
    (source / "odd").write_text("no image")
    reading, writing = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "obia", "deid", "run", str(source), str(tmp_path / "out")],
        cwd=ROOT,
        env={**os.environ, "OBIA_HOME": str(tmp_path / "home")},
        stdout=subprocess.DEVNULL,
        stderr=writing,
    ) as process:
        process.wait(timeout=60)
    os.close(writing)
    shown = os.read(reading, 65536).decode()
    os.close(reading)

    assert "[########################] 6 of 6 files, " in shown
    assert shown.endswith("1 did not go through\r\n`obia deid where IN ID` leads from an id to its file\r\n")


def test_a_folder_of_links_alone_comes_to_an_end(
    tmp_path: Path, target: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "one").symlink_to(source)

    assert run(tmp_path / "links", target) == 1

    printed = capsys.readouterr()
    assert printed.out == "0 files: \n" and "left out, links or not to be opened: 1" in printed.err


def test_evidence_can_lie_apart(source: Path, target: Path, tmp_path: Path) -> None:
    assert run(source, target, "--evidence", tmp_path / "evidence") == 0

    assert not (target / ".evidence").exists()
    assert deid("verify", target, "--evidence", tmp_path / "evidence") == 0


def test_strict_mode_is_on_record(source: Path, target: Path) -> None:
    run(source, target, "--mode", "strict")

    assert '"mode":"strict"' in (target / ".evidence" / "batch-000001.jsonl").read_text()


def test_a_script_with_faults_is_said_to_have_some(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(source, target, script=runs.TRIAL.replace("@hashptid(@SITEID,this)", "@hsh(this)"))

    assert "trial.script: faults: 1; `obia deid lint` says where" in capsys.readouterr().err


@pytest.mark.parametrize(
    "script", ["", "hello", "<script></script>", "ptid/PID-1=A", '<script><k en="T" t="0018"/></script>']
)
@pytest.mark.parametrize("mode", ["safe", "strict"])
def test_a_script_that_changes_nothing_is_refused(script: str, mode: str, source: Path, target: Path) -> None:
    with refused("BAD_SCRIPT", "is it a CTP anonymizer script?"):
        run(source, target, "--mode", mode, script=script)

    assert not target.exists()


def test_what_a_script_leaves_is_said_before_the_run(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(source, target, script=runs.TRIAL.replace("unspecifiedelements", "unspecified"))

    said = capsys.readouterr().err
    assert "unknown switches: 1, elements that PS3.15 changes and this does not: " in said and "(0010,0021)" in said


@pytest.mark.parametrize(
    "text", ["", "nonsense", 'Modality.equals("CT")\n(0,0,10,10)', '{Modality.equals("CT"}(0,0,9,9)', "{true.}"]
)
def test_a_pixel_script_that_blanks_nothing_is_refused(text: str, source: Path, target: Path) -> None:
    with refused("BAD_SCRIPT", "the pixel script a.pixels blanks nothing"):
        run(source, target, "--pixels", runs.text(target.parent / "a.pixels", text))


def test_signatures_that_blank_nothing_are_named(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = runs.text(
        target.parent / "a.pixels", '{Modality.equals("CT")}(0,0,9,9) {Modality.equals(} (0,0,9,9) {true.}'
    )

    run(source, target, "--pixels", pixels)

    assert "these blank nothing, by number: 2, 3" in capsys.readouterr().err


def test_a_filter_that_is_no_expression_is_refused(source: Path, target: Path) -> None:
    with refused("BAD_SCRIPT", "the filter a.filter is no expression"):
        run(source, target, "--filter", runs.text(target.parent / "a.filter", 'Modality.equals("CT"'))


def test_the_program_says_its_refusals_in_one_line_with_an_exit_status(tmp_path: Path) -> None:
    source = runs.inbox(tmp_path / "in", 1)

    status, output, errors = runs.ended("run", source, source / "out", home=tmp_path / "home")

    assert (status, output) == (65, "")
    assert errors == "obia: BAD_INPUT: OUT lies in IN; name a place outside it\n"


def test_all_cores_are_used_without_a_word(tmp_path: Path) -> None:
    assert cores() == len(os.sched_getaffinity(0))


def test_an_outbox_that_is_closed_before_it_was_opened_says_nothing(tmp_path: Path) -> None:
    Outbox(tmp_path / "out").close()

    assert not (tmp_path / "out").exists()
