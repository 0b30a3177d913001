import errno
from pathlib import Path
from typing import BinaryIO

import pytest

from obia.schema.errors import NotFound
from obia.server.store.files import FileStore


def _write_whole(target: BinaryIO) -> None:
    target.write(b"whole")


@pytest.mark.parametrize("defers", [False, True])
def test_an_object_is_read_back(tmp_path: Path, defers: bool) -> None:
    store = FileStore(tmp_path, defers=defers)

    store.put("images/a/b.dcm", _write_whole)
    store.sync()

    with store.open("images/a/b.dcm") as stream:
        assert stream.read() == b"whole"
    assert list(store.names("images")) == ["images/a/b.dcm"]


@pytest.mark.parametrize("defers", [False, True])
def test_a_write_that_fails_leaves_nothing(tmp_path: Path, defers: bool) -> None:
    store = FileStore(tmp_path, defers=defers)

    def fail(target: BinaryIO) -> None:
        target.write(b"half")
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(OSError, match="no space"):
        store.put("images/a.dcm", fail)

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../b", "", "a//b", ".hidden", "a/", "a\0b", "a\n"])
def test_a_name_cannot_leave_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        FileStore(tmp_path).path(name)


def test_a_missing_object_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FileStore(tmp_path).open("images/none")


def test_drafts_of_dead_processes_are_swept(tmp_path: Path) -> None:
    staging = tmp_path / ".staging"
    staging.mkdir()
    (staging / "4194305.dead").write_bytes(b"half")  # above the kernel's largest pid
    (staging / "1.alive").write_bytes(b"half")

    swept = FileStore(tmp_path).sweep()

    assert swept == 1
    assert [path.name for path in staging.iterdir()] == ["1.alive"]


@pytest.mark.parametrize(("defers", "synced"), [(False, 4), (True, 0)])
def test_who_defers_syncs_nothing_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defers: bool, synced: int
) -> None:
    calls: list[int] = []
    monkeypatch.setattr("os.fsync", calls.append)
    store = FileStore(tmp_path, defers=defers)

    store.put("a/1", _write_whole)
    store.put("a/2", _write_whole)
    store.sync()

    assert len(calls) >= synced if synced else not calls


def test_what_must_be_durable_at_once_is_synced_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr("os.fsync", calls.append)

    FileStore(tmp_path, defers=True).put("a/1", _write_whole, at_once=True)

    assert len(calls) == 1


def test_a_sync_that_fails_is_told(tmp_path: Path) -> None:
    store = FileStore(tmp_path, defers=True)
    store.put("a/1", _write_whole)
    assert store._descriptor is not None
    closed, store._descriptor = store._descriptor, 1 << 20  # no open file has this number

    with pytest.raises(OSError, match="Bad file descriptor"):
        store.sync()

    store._descriptor = closed
