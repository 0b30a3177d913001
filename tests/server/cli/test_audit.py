"""`obia audit verify`: an honest log counts, a changed or missing one is told."""

from pathlib import Path

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.server.audit import Audit
from obia.server.cli import main

DAMAGED = 74  # EX_IOERR


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBIA_HOME", str(tmp_path))
    for name in ("alice", "bob"):
        Audit(tmp_path).record(ADMINISTRATOR, "token.add", name)
    return tmp_path


def verify() -> object:
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify"])
    return ended.value.code


def test_an_honest_log_is_counted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not verify()
    assert capsys.readouterr().out == "2 events, each sealed by the one before it\n"


def test_a_changed_line_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = home / "audit.jsonl"
    log.write_text(log.read_text().replace("alice", "carol"))

    assert verify() == DAMAGED
    assert "CHECKSUM_MISMATCH" in capsys.readouterr().err


def test_a_log_that_is_gone_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "audit.jsonl").unlink()

    assert verify() == DAMAGED
    assert "its end was cut off" in capsys.readouterr().err


def test_a_change_without_an_outcome_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    intent = Audit(home).intend(ADMINISTRATOR, "collection.release", "OBIA0001")

    assert not verify()
    assert capsys.readouterr().out.splitlines() == [
        "3 events, each sealed by the one before it",
        "changes without an outcome: 1",
        f"  {intent.change} collection.release OBIA0001, announced {intent.at} by local",
    ]


def test_a_log_that_is_a_folder_is_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "audit.jsonl").unlink()
    (home / "audit.jsonl").mkdir()

    assert verify() == 73
    assert capsys.readouterr().err.startswith("obia: AUDIT_UNWRITABLE: the audit log")
