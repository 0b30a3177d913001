"""Tables: what is looked up, and what is numbered."""

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.plugins.deid_ctp import IntegerTable, Lookup


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("a/b=c", "a/b", "c"),
        ("a/b : c", "a/b", "c"),
        ("a/b c", "a/b", "c"),
        (r"ptid/PID\ 1 = S 1", "ptid/PID 1", "S 1"),
        ("ptid/PID 1 = S", "ptid/PID", "1 = S"),
        ("a=1\na=2", "a", "2"),
        ("# x=1\n! y=2\n  a = \\\n    b", "a", "b"),
        ("a\\u0041=\\u738b\\t.", "aA", "王\t."),
        ("a=b\\", "a", "b"),
        ("a\\=b=c", "a=b", "c"),
        ("a=b  ", "a", "b  "),
        ("a=b\x0bc\u2028d", "a", "b\x0bc\u2028d"),
        ("key", "key", ""),
        ("a=1\r\nb=2\rc=3", "b", "2"),
    ],
)
def test_a_table_is_read_as_java_reads_properties(text: str, key: str, value: str) -> None:
    assert Lookup.parse(text).table[key] == value


def test_a_table_as_csv_holds_a_key_and_a_value_a_row() -> None:
    table = Lookup.parse_csv('ptid/1,S1\n"ptid/2, 3",S2,more\nalone\n').table

    assert table == {"ptid/1": "S1", "ptid/2, 3": "S2"}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=3))))
def test_numbers_are_those_of_first_appearance(asked: list[tuple[str, str]]) -> None:
    table, seen = IntegerTable(), {"a": list[str](), "b": list[str]()}

    for kind, text in asked:
        if text not in seen[kind]:
            seen[kind].append(text)
        assert table.number(kind, text) == seen[kind].index(text) + 1


def test_numbers_outlive_the_table_and_hold_no_value(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    first = [IntegerTable(path, b"k").number("patients", name) for name in ("Doe^Jane", "Roe^Jane")]

    again = [IntegerTable(path, b"k").number("patients", name) for name in ("Roe^Jane", "Doe^Jane", "New")]

    assert (first, again) == ([1, 2], [2, 1, 3])
    assert b"Doe" not in path.read_bytes() and path.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_process_left_unfinished_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    IntegerTable(path).number("a", "x")
    path.write_bytes(path.read_bytes() + b"half")

    numbers = [IntegerTable(path).number("a", text) for text in ("y", "x", "y")]

    assert numbers == [2, 1, 2]


def _number(asked: tuple[Path, str]) -> int:
    return IntegerTable(asked[0]).number("a", asked[1])


def test_processes_share_their_numbers(tmp_path: Path) -> None:
    asked = [(tmp_path / "numbers", str(number % 7)) for number in range(40)]

    with multiprocessing.get_context("spawn").Pool(2) as pool:
        numbers = pool.map(_number, asked)

    assert len({(text, number) for (_, text), number in zip(asked, numbers, strict=True)}) == 7
    assert sorted(set(numbers)) == [1, 2, 3, 4, 5, 6, 7]
