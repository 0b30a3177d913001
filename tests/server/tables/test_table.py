"""Reading tables: what is right is read, what is wrong is named by row and column, never by value."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.schema.errors import BadInput, Code, NotFound
from obia.server.tables import table as limits
from obia.server.tables.problems import BadTable, Problem
from obia.server.tables.table import Columns, parse_table, read_table

COLUMNS = Columns(("a", "b", "c"), ("a",))


def problems_of(content: bytes, encoding: str = "utf-8") -> list[tuple[int, str]]:
    try:
        found: Sequence[Problem] = list(parse_table(content, COLUMNS, encoding).problems)
    except BadTable as error:
        found = error.problems
    return [(each.row, each.column) for each in found]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a,b\n1,2\n3,4\n", id="plain"),
        pytest.param(b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4", id="mark and CRLF"),
        pytest.param(b'"a","b"\n"1","2"\n\n,\n"3", 4 \n', id="quotes and blank rows"),
        pytest.param(b"a,b\r1,2\r3,4\r", id="CR"),
    ],
)
def test_a_table_is_read(content: bytes) -> None:
    table = parse_table(content, COLUMNS)

    assert [(row["a"], row["b"], row["c"]) for row in table.rows] == [("1", "2", ""), ("3", "4", "")]
    assert not len(table.problems)


def test_rows_count_as_a_spreadsheet_does() -> None:
    table = parse_table(b'a,b\n"one\nline",2\n\n3,4\n', COLUMNS)

    assert [row.number for row in table.rows] == [2, 4]


def test_another_encoding_is_read_when_told() -> None:
    content = "a\n肺癌\n".encode("gb18030")

    assert problems_of(content) == [(2, "")]
    assert parse_table(content, COLUMNS, "gb18030").rows[0]["a"] == "肺癌"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", [(1, "")], id="empty"),
        pytest.param(b"b\n1\n", [(1, "a")], id="missing column"),
        pytest.param(b"a,d\n1,2\n", [(1, "number 2")], id="unknown column"),
        pytest.param(b"a,b,a\n1,2,3\n", [(1, "a")], id="column twice"),
        pytest.param(b"a;b\n1;2\n", [(1, "")], id="semicolons"),
        pytest.param(b"a,b\n1\n1,2,3\n4,5\n", [(2, ""), (3, "")], id="ragged"),
        pytest.param(b"a,b\n1,2\n3,4\n 1,2 \n", [(4, "")], id="repeated row"),
        pytest.param(b"a,b\n1,\x00\n\x1b,2\n", [(2, "b"), (3, "a")], id="control characters"),
        pytest.param(b'a,b\n1,2\n"3,4\n5,6\n', [(3, "")], id="open quote"),
        pytest.param(b'a,b\n"1"2,3\n', [(2, "")], id="text after a quote"),
        pytest.param(b"a\n" + b"x" * 4001 + b"\n", [(2, "a")], id="long cell"),
        pytest.param(b"a\n" + b"x" * 200_000 + b"\n", [(2, "")], id="cell beyond the parser"),
        pytest.param("a\n1\n".encode("utf-16"), [(0, "")], id="UTF-16"),
        pytest.param(b"PK\x03\x04 a workbook", [(0, "")], id="workbook"),
        pytest.param(b"a\n1\n\xff\n", [(3, "")], id="no UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_row_and_column(content: bytes, found: list[tuple[int, str]]) -> None:
    assert problems_of(content) == found


def test_a_table_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"".join(b"%d\n" % number for number in range(limits.MAX_ROWS + 5))

    assert problems_of(b"a\n" + rows) == [(limits.MAX_ROWS + 2, "")]


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a file that can be read"):
        read_table(tmp_path, COLUMNS)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(limits.MAX_BYTES + 1)

    with pytest.raises(BadInput, match="larger"):
        read_table(path, COLUMNS)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_code(content: bytes) -> None:
    try:
        table = parse_table(content, COLUMNS)
    except BadTable as error:
        assert error.code is Code.BAD_TABLE and error.problems
    else:
        assert "a" in table.header


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_problems_are_exactly_those_that_were_planted(plan: list[int], random: object) -> None:
    lines, planted = ["a,b"], []
    for number, kind in enumerate(plan, 2):
        stem = f"Doe-{number}"
        line, column = {
            0: (f"{stem},fine", None),
            1: (f"{stem}", ""),
            2: (f"{stem},1,2", ""),
            3: (f"{stem},\x07", "b"),
            4: (f"\x01{stem},2", "a"),
            5: ("Doe-2,fine" if number > 2 and plan[0] == 0 else f"{stem},fine", None),
        }[kind]
        lines.append(line)
        if kind == 5 and number > 2 and plan[0] == 0:
            column = ""
        if column is not None:
            planted.append((number, column))

    table = parse_table("\n".join(lines).encode(), COLUMNS)

    assert [(each.row, each.column) for each in table.problems] == planted
    assert not any("Doe" in str(each) for each in table.problems)
    assert "Doe" not in repr(table)


@pytest.mark.parametrize("content", [b"a;b\n1;2\n", b"a\tb\n1\t2\n"])
def test_another_separator_is_one_problem_that_names_the_comma(content: bytes) -> None:
    with pytest.raises(BadTable, match="separate columns by commas") as caught:
        parse_table(content, COLUMNS)

    assert len(caught.value.problems) == 1


def test_a_table_that_is_not_there_is_not_found_by_the_name_it_was_given() -> None:
    with pytest.raises(NotFound, match=r"^there is no file no/such\.csv$"):
        read_table(Path("no/such.csv"), COLUMNS)
