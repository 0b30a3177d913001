"""The file of codes: whole, or noticed."""

from pathlib import Path

import pytest

from obia.server.retrieval.codefile import CodeFile, Damaged, read_codes, writing

UIDS = ["2.25.1", "2.25.20", "1." + "9" * 62]
CODES = [b"12345678", b"abcdefgh", b"\x00\xff" * 4]


def written(folder: Path, uids: list[str] = UIDS, codes: list[bytes] = CODES) -> Path:
    path = folder / "x-7.codes"
    with writing(path, "x", 7, 8) as draft:
        for uid, code in zip(uids, codes, strict=True):
            draft.add([uid], [code])
    return path


def content(file: CodeFile) -> tuple[list[str], list[bytes]]:
    return list(file.uids), [row.tobytes() for row in file.codes]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert content(read_codes(written(tmp_path), "x", 7)) == (UIDS, CODES)


def test_a_file_may_be_empty(tmp_path: Path) -> None:
    file = read_codes(written(tmp_path, [], []), "x", 7)

    assert content(file) == ([], [])
    assert file.codes.shape == (0, 8)


def test_uids_can_be_sliced(tmp_path: Path) -> None:
    assert list(read_codes(written(tmp_path), "x", 7).uids[1:]) == UIDS[1:]


@pytest.mark.parametrize(("identity", "generation"), [("y", 7), ("x", 8)])
def test_another_file_than_the_one_asked_for_is_refused(tmp_path: Path, identity: str, generation: int) -> None:
    with pytest.raises(Damaged):
        read_codes(written(tmp_path), identity, generation)


def test_every_flipped_bit_that_matters_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path)
    sound = path.read_bytes()
    padding = range(len(sound[:4096].rstrip()), 4096)

    for place in set(range(len(sound))) - set(padding):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        with pytest.raises(Damaged):
            read_codes(path, "x", 7)


def test_what_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="length"):
        written(tmp_path, ["2.25.1"], [b"short"])

    assert list(tmp_path.iterdir()) == []
