"""`obia deid verify`: whatever somebody changes is found, with the public key alone."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from obia.plugins.deid_ctp.evidence.signing import Signer
from tests import make
from tests.plugins.deid_ctp.command import runs
from tests.plugins.deid_ctp.command.runs import deid, refused

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of two runs, and the sender's public key beside it."""
    folder = tmp_path_factory.mktemp("verify")
    runs.run(runs.inbox(folder / "in", 5), folder / "out")
    make.file(folder / "in" / "later.dcm", runs.sample())
    runs.run(folder / "in", folder / "out")
    (folder / "sender.pem").write_bytes((folder / "out" / ".evidence" / "public.pem").read_bytes())
    return folder


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    copytree(made / "out", tmp_path / "out")
    return tmp_path / "out"


def found(folder: Path, *arguments: object, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `verify` finds, as file, path and what it is."""
    capsys.readouterr()
    status = deid("verify", folder, "--json", *arguments)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == (1 if lines else 0)
    return [f"{each['file']}|{each['path']}|{each['what']}" for each in lines]


def test_an_untouched_folder_verifies(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not found(made / "out", "--public-key", made / "sender.pem", "--originals", made / "in", capsys=capsys)


def records(out: Path) -> Path:
    return out / ".evidence" / "batch-000001.jsonl"


def head(out: Path) -> Path:
    return out / ".evidence" / "batch-000001.json"


def lines(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def edited(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def moved(out: Path) -> None:
    first, second, *_ = runs.images(out)
    first.rename(first.with_name(second.name + "x"))
    second.rename(first)
    first.with_name(second.name + "x").rename(second)


def signed_by_another(out: Path) -> None:
    from obia.plugins.deid_ctp.evidence.batches import seal

    text = records(out).read_text().splitlines() + (out / ".evidence" / "batch-000002.jsonl").read_text().splitlines()
    without(out, "*")
    seal(out / ".evidence", text, {}, Signer.beside(out.parent / "another"))


def without(out: Path, pattern: str) -> None:
    for each in (out / ".evidence").glob(pattern):
        each.unlink()


CHANGES: list[tuple[str, Change, str]] = [
    ("a changed header", lambda out: flipped(runs.images(out)[0], 400), "has other header bytes"),
    ("changed pixels", lambda out: flipped(runs.images(out)[0], -100), "has other pixel bytes"),
    ("a cut file", lambda out: runs.images(out)[0].write_bytes(runs.images(out)[0].read_bytes()[:-2]), "not as long as"),
    ("two files that changed places", moved, "than its record says"),
    ("a missing file", lambda out: runs.images(out)[2].unlink(), "is recorded, and missing"),
    ("an extra file", lambda out: make.file(out / "1.2.3.dcm", runs.sample()), "1.2.3.dcm||is not recorded"),
    ("an extra file in the state", lambda out: (out / ".deid" / "more").write_text("x"), "is not recorded"),
    ("an extra file in the evidence", lambda out: (out / ".evidence" / "batch-x").write_text("x"), "is not recorded"),
    ("a link", lambda out: (out / "1.2.4").symlink_to("/etc/hostname"), "1.2.4||is not recorded"),
    ("a changed record", lambda out: edited(records(out), b'"mode":"safe"', b'"mode":"sane"'), "not those that were signed"),
    ("a changed count", lambda out: edited(records(out), b'"K":1', b'"K":2'), "not those that were signed"),
    ("reordered records", lambda out: lines(records(out), lambda all_: all_[::-1]), "not those that were signed"),
    ("a dropped record", lambda out: lines(records(out), lambda all_: all_[1:]), "not those that were signed"),
    ("a dropped last record", lambda out: lines(records(out), lambda all_: all_[:-1]), "is not recorded"),
    ("a record twice", lambda out: lines(records(out), lambda all_: [*all_, all_[0]]), "a file is recorded twice"),
    ("a changed head", lambda out: edited(head(out), b'"mode": "safe"', b'"mode": "sane"'), "signature is not of this key"),
    ("a changed root", lambda out: edited(head(out), b'"root": "', b'"root": "0'), "signature is not of this key"),
    ("a changed signature", lambda out: edited(head(out), b'"signature": "', b'"signature": "AAAA'), "not of this key"),
    ("no signature", lambda out: edited(head(out), b'"signature"', b'"name"'), "it cannot be read"),
    ("truncated records", lambda out: records(out).write_bytes(records(out).read_bytes()[:-100]), "batch-000001.json"),
    ("a truncated head", lambda out: head(out).write_bytes(head(out).read_bytes()[:-30]), "it cannot be read"),
    ("a missing head", lambda out: head(out).unlink(), "its head is missing"),
    ("missing records", lambda out: records(out).unlink(), "it cannot be read"),
    ("a missing first batch", lambda out: without(out, "batch-000001*"), "a batch before it is missing"),
    (
        "a missing last batch",
        lambda out: without(out, "batch-000002*"),
        "is not recorded",
    ),
    ("evidence of another key", signed_by_another, "signature is not of this key"),
    ("no evidence", lambda out: without(out, "*"), "there is no evidence"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_a_change_is_found(
    out: Path, made: Path, change: Change, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not found(out, "--public-key", made / "sender.pem", capsys=capsys)

    change(out)

    said_now = found(out, "--public-key", made / "sender.pem", capsys=capsys)
    assert [each for each in said_now if said in each], said_now


def test_another_public_key_is_found(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(Signer.beside(tmp_path / "other").public)

    assert [each for each in found(out, "--public-key", other, capsys=capsys) if "signature is not of this key" in each]


def test_a_key_that_came_with_the_files_is_said_to_have(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deid("verify", made / "out")

    assert "which came with the files: compare it with the sender's" in capsys.readouterr().out


def test_evidence_may_lie_elsewhere(out: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / ".evidence").rename(tmp_path / "evidence")

    assert not found(out, "--evidence", tmp_path / "evidence", capsys=capsys)
    assert found(out, "--public-key", made / "sender.pem", capsys=capsys) == ["||there is no evidence"]


@pytest.mark.parametrize("content", ["hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_public_key_that_is_none_is_refused(out: Path, tmp_path: Path, content: str) -> None:
    with refused("KEY_WRONG", "the public key is no Ed25519 key"):
        deid("verify", out, "--public-key", runs.text(tmp_path / "bad.pem", content))


def test_what_is_not_there_is_refused(out: Path, tmp_path: Path) -> None:
    with refused("NOT_FOUND", "DIR is no folder"):
        deid("verify", tmp_path / "nothing")
    with refused("BAD_INPUT", "the public key cannot be read"):
        deid("verify", out, "--public-key", tmp_path / "nothing")
    with refused("NOT_FOUND", "the originals are not there"):
        deid("verify", out, "--originals", tmp_path / "nothing")


def test_any_folder_is_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = tmp_path / "DOE^JANE"
    make.file(theirs / "Jane 1970.dcm", runs.sample(StudyDescription="seen by Dr. Miller on 2020-01-31"))
    (theirs / "a text").write_text("hello")

    said = found(theirs, capsys=capsys)

    assert "file 1||its name says more than a UID" in said
    assert "file 1|00081030|holds what looks like a date" in said
    assert "file 1|00081030|holds what looks like a title with a name" in said
    assert "file 1|00120062|does not say that identity was removed" in said
    assert "file 2||is no DICOM file" in said


def test_what_is_found_is_never_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = runs.inbox(tmp_path / "theirs", 1, OtherPatientNames="Roe^Richard", PatientComments="call +49 30 1234567")

    deid("verify", folder, "--originals", folder)

    printed = "".join(capsys.readouterr())
    assert "holds a string of the originals" in printed
    assert not [
        each for each in ("Doe", "DOE", "Roe", "0815", "1234567", "1970", str(make.uid("study"))) if each in printed
    ]


@pytest.mark.parametrize("kind", ["a list", "a folder"])
def test_strings_of_the_originals_are_found(
    out: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    image = runs.sample(PatientName="Quill^Peregrine", PatientID="QX-4711-0815", StudyInstanceUID="1.2.840.99999.4711")
    originals = tmp_path / "originals"
    if kind == "a list":
        originals.write_text("Peregrine\nQX-4711-0815\n1.2.840.99999.4711\nab\n")
    else:
        make.file(originals / "a.dcm", image)
    leaking = runs.sample(
        ImageComments="peregrine's ankle", StationName="QX47110815", StudyInstanceUID="1.2.840.99999.4711",
        SeriesDescription="ID QX-4711-0815",
    )  # fmt: skip
    make.file(tmp_path / "leaking" / "1.2.3.dcm", leaking)

    said = found(tmp_path / "leaking", "--originals", originals, capsys=capsys)

    assert "1.2.3.dcm|00204000|holds a string of the originals" in said
    assert "1.2.3.dcm|0008103e|holds a string of the originals" in said
    assert "1.2.3.dcm|0020000d|is an original's UID" in said


def test_a_name_that_is_an_originals_uid_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make.file(tmp_path / "theirs" / "1.2.3.4.dcm", runs.sample())

    said = found(tmp_path / "theirs", "--originals", runs.text(tmp_path / "list", "1.2.3.4"), capsys=capsys)

    assert "file 1||its name is an original's UID" in said
    assert not [each for each in said if "1.2.3.4" in each]


def test_a_verifier_needs_no_rule_and_no_secret(made: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from obia.plugins.deid_ctp.command import DeidCommand
status = DeidCommand().run(["verify", {str(made / "out")!r}, "--public-key", {str(made / "sender.pem")!r}])
ours = sorted(each[len("obia.plugins.deid_ctp."):] for each in sys.modules if each.startswith("obia.plugins.deid_ctp."))
rules = [each for each in ours if not each.startswith(("command", "evidence", "outcome"))]
sys.exit(f"{{rules}}" if rules else status)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={"OBIA_HOME": str(tmp_path / "no home")}, capture_output=True, text=True, check=False
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")


def test_records_say_what_was_done_and_nothing_of_an_original(made: Path) -> None:
    text = records(made / "out").read_text()
    record = json.loads(text.splitlines()[0])

    assert set(record) == {
        *("file", "intake", "version", "script", "mode", "key", "actions", "counts", "notes"),
        *("size", "header_size", "header", "pixels"),
    }
    assert record["actions"]["00100010"] == {"D": 1}
    assert record["actions"]["00100030"] == {"X": 1}
    assert runs.KEY not in text
    assert not [
        each
        for each in ("Doe", "JANE", "PID-0815", "ACC-4711", "19700203", str(make.uid("study")), str(make.uid("in", 0)))
        if each in text
    ]


def test_records_say_what_safe_mode_did_otherwise(tmp_path: Path) -> None:
    script = runs.TRIAL.replace("</script>", '<e en="T" t="00280010" n="Rows">many</e></script>')
    runs.run(runs.inbox(tmp_path / "in", 1), tmp_path / "out", script=script)

    notes = json.loads(records(tmp_path / "out").read_text())["notes"]
    assert [each for each in notes if each.startswith("00280010: ")]


@pytest.mark.parametrize(
    "text", ["Hans Müller 19600101", "Jane Doe, born 1960-01-02, lives in Harbour Road 12", "x" * 300]
)
def test_of_a_text_no_letter_is_shown(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    runs.text(tmp_path / "out" / "a.txt", text)

    said = found(tmp_path / "out", capsys=capsys)

    assert said == ["file 1||is no DICOM file"]


def test_an_instance_without_a_preamble_is_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make.file(tmp_path / "whole" / "1.2.3.dcm", runs.sample())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "1.2.3.dcm").write_bytes((tmp_path / "whole" / "1.2.3.dcm").read_bytes()[132:])

    assert "1.2.3.dcm||is no DICOM file" not in found(tmp_path / "out", capsys=capsys)


def test_originals_that_cannot_be_read_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from obia.plugins.deid_ctp.evidence import originals

    def refuse(_: Path) -> None:
        raise PermissionError

    make.file(tmp_path / "out" / "1.2.3.dcm", runs.sample())
    make.file(tmp_path / "in" / "one", runs.sample())
    monkeypatch.setattr(originals, "read_file", refuse)  # as root, none is unreadable

    assert any(
        "not compared: 1" in each for each in found(tmp_path / "out", "--originals", tmp_path / "in", capsys=capsys)
    )


def test_an_empty_folder_and_originals_that_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with refused("BAD_INPUT", "DIR holds no file"):
        deid("verify", tmp_path / "out")
    make.file(tmp_path / "out" / "1.2.3.dcm", runs.sample())
    with refused("NOT_FOUND", "the originals are not there"):
        deid("verify", tmp_path / "out", "--originals", tmp_path / "nosuch")
