import errno
from pathlib import Path
from typing import BinaryIO

import pytest

from obia.schema.errors import NotFound
from obia.server.store.files import FileStore


def _write_whole(target: BinaryIO) -> None:
    target.write(b"whole")


def test_an_object_is_read_back(tmp_path: Path) -> None:
    store = FileStore(tmp_path)

    store.put("images/a/b.dcm", _write_whole)
    store.sync()

    with store.open("images/a/b.dcm") as stream:
        assert stream.read() == b"whole"
    assert list(store.names("images")) == ["images/a/b.dcm"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path)

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
