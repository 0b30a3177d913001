"""Walking a folder."""

import os
from pathlib import Path

import pytest

from obia.schema.errors import Code, Rejected
from obia.server.intake.reading import file_digest, read
from obia.server.intake.walk import walk


def test_a_walk_finds_every_file_in_order(tmp_path: Path) -> None:
    names = ["b/2", "b/10", "a file of mine", "张伟", "two\nlines", os.fsdecode(b"M\xfcller"), "b/c/d/e"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = list(walk(tmp_path))

    assert sorted(found) == sorted(tmp_path / name for name in names)
    assert found == sorted(found, key=lambda path: [os.fsencode(part) for part in path.parts])


def test_a_walk_of_a_file_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "x").touch()

    assert list(walk(tmp_path / "x")) == [tmp_path / "x"]


def test_a_walk_enters_no_linked_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").touch()
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "self").symlink_to(".")

    assert list(walk(tmp_path)) == [tmp_path / "a" / "x"]


def test_a_walk_follows_links_to_files_below_its_root_alone(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").touch()
    (root / "inside").touch()
    (root / "in").symlink_to("inside")
    (root / "out").symlink_to("../outside")

    (root / "elsewhere").symlink_to("..")
    left_out: list[Path] = []

    assert list(walk(root, left_out)) == [root / "in", root / "inside"]
    assert left_out == [root / "elsewhere", root / "out"]


def test_a_walk_yields_links_that_lead_nowhere_so_that_the_loss_is_seen(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")

    assert list(walk(tmp_path)) == [tmp_path / "dangling", tmp_path / "loop"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root lists everything")
def test_a_walk_yields_a_folder_it_cannot_list(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)

    assert list(walk(tmp_path)) == [tmp_path / "closed"]


def test_a_walk_through_a_linked_root_finds_its_files(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").touch()
    (tmp_path / "root").symlink_to("real")

    assert list(walk(tmp_path / "root")) == [tmp_path / "root" / "x"]


def test_a_folder_too_deep_for_a_path_is_seen_and_refused(tmp_path: Path) -> None:
    deep = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=deep)
        inner = os.open("x" * 250, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = inner
    os.close(os.open("deep.dcm", os.O_CREAT, dir_fd=deep))
    os.close(deep)

    [found] = walk(tmp_path)

    with pytest.raises(Rejected) as refusal:
        read(found, "a1b2", "OBIA0001")
    assert refusal.value.code is Code.UNREADABLE
    assert "xxx" not in refusal.value.message
    assert len(file_digest(found, b"key")) == 64
