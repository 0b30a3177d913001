import errno
import os
import time
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

import pytest

from obia.schema.errors import NotFound
from obia.server.process import this_process
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


HOST, REST = this_process().split("@")


@pytest.mark.parametrize(
    ("owner", "is_dead"),
    [
        (this_process(), False),
        (f"{this_process()}0", True),  # another process had this pid
        (f"{HOST}@earlier|1|1", True),
        (f"elsewhere@{REST}", False),
        ("elsewhere@boot|4194305|1", False),  # above the kernel's largest pid
    ],
    ids=["this process", "its pid before it", "before the last boot", "its pid elsewhere", "elsewhere"],
)
def test_drafts_of_processes_known_dead_are_swept(tmp_path: Path, owner: str, is_dead: bool) -> None:
    draft = tmp_path / ".staging" / f"{quote(owner, safe='')}.0123456789abcdef"
    draft.parent.mkdir()
    draft.write_bytes(b"half")

    swept = FileStore(tmp_path).sweep()

    assert (swept, draft.exists()) == (int(is_dead), not is_dead)


@pytest.mark.parametrize("name", ["4194305.0123456789abcdef", "1.0123456789abcdef"])
def test_drafts_that_name_no_host_are_swept_when_nothing_was_written_for_a_day(tmp_path: Path, name: str) -> None:
    draft = tmp_path / ".staging" / name
    draft.parent.mkdir()
    draft.write_bytes(b"half")

    soon = FileStore(tmp_path).sweep()
    os.utime(draft, (0, time.time() - 90_000))
    later = FileStore(tmp_path).sweep()

    assert (soon, later, draft.exists()) == (0, 1, False)


def test_a_draft_names_the_process_that_writes_it(tmp_path: Path) -> None:
    names: list[str] = []

    def write(target: BinaryIO) -> None:
        names.extend(path.name for path in (tmp_path / ".staging").iterdir())
        names.append(str(FileStore(tmp_path).sweep()))

    FileStore(tmp_path).put("a/1", write)

    assert [unquote(names[0].rpartition(".")[0]), names[1]] == [this_process(), "0"]


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
