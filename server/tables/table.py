"""Reading a CSV file: UTF-8 with or without its mark, or GB18030 when told so; a header of known names, whole rows."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from obia.schema.errors import BadInput, NotFound
from obia.server.tables.problems import Problems

ENCODINGS = ("utf-8", "gb18030")
MAX_BYTES = 16 << 20
MAX_ROWS = 10_000  # measured: 10,000 whole chains fit into a transaction of the 512 MiB heap, 20,000 do not
MAX_CELL = 4_000  # characters

_MARKS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The names a header may have, and those it must have."""

    known: Sequence[str]
    required: Sequence[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One row; its number counts as a spreadsheet does, the header being 1."""

    number: int
    cells: Mapping[str, str] = field(repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def raw(self, column: str) -> str:
        """The cell as it stands in the file."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """The sound rows of a file, what was wrong with the others, and the names in its header."""

    header: Sequence[str]
    rows: Sequence[Row]
    problems: Problems


def read_table(path: Path, columns: Columns, encoding: str = "utf-8") -> Table:
    """Read a table. Raises BadInput for what is no readable file, BadTable where rows cannot be told apart."""
    return parse_table(_read(path), columns, encoding)


def parse_table(content: bytes, columns: Columns, encoding: str = "utf-8") -> Table:
    """Parse a table's bytes. Raises BadTable where the header is wrong: then no cell can be told from another."""
    problems = Problems()
    text = _decoded(content, encoding, problems)
    records = _records(text, problems)
    header = _header(next(records, (1, []))[1], columns, problems)
    problems.demand_none()
    return Table(header, list(_rows(records, header, problems)), problems)


def _read(path: Path) -> bytes:
    try:
        if not path.exists():
            raise NotFound(f"there is no file {path}")
        if not path.is_file():
            raise BadInput("the table is not a file that can be read")
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"the table is larger than {MAX_BYTES >> 20} MiB; cut it into several, each with the header")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"the table cannot be read: {error.strerror}") from None


def _decoded(content: bytes, encoding: str, problems: Problems) -> str:
    for mark, name in _MARKS.items():
        if content.startswith(mark):
            problems.add(0, "", f"is {name}; save it as CSV in UTF-8")
    problems.demand_none()
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        way_out = (
            "save it as CSV in UTF-8, or say --encoding gb18030" if encoding == "utf-8" else "save it as CSV in UTF-8"
        )
        problems.add(row, "", f"is not {encoding.upper()}; {way_out}")
        problems.demand_none()
        raise AssertionError("unreachable") from None


def _records(text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not blank, with its number; after broken quotes nothing can be told apart."""
    number = 0
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problems.add(number, "", "has quotes that do not match, or a cell longer than any is")
            return
        if any(cell.strip() for cell in record):
            yield number, record


def _header(record: list[str], columns: Columns, problems: Problems) -> list[str]:
    names = [name.strip() for name in record]
    if not names:
        problems.add(1, "", "is missing: the first row holds the column names")
    if len(names) == 1 and re.search(r"[;\t]", names[0]):
        problems.add(1, "", "has semicolons or tabs between its cells; separate columns by commas")
        return names
    for number, name in enumerate(names, 1):
        if name not in columns.known:  # not echoed: where the header is missing, it is a patient's row
            problems.add(1, f"number {number}", "is not a column of this table; docs/tables.md lists them")
        elif name in names[: number - 1]:
            problems.add(1, name, "stands twice")
    for name in columns.required:
        if names and name not in names:
            problems.add(1, name, "is missing")
    return names


def _rows(records: Iterator[tuple[int, list[str]]], header: list[str], problems: Problems) -> Iterator[Row]:
    seen: dict[tuple[str, ...], int] = {}
    for count, (number, record) in enumerate(records, 1):
        if count > MAX_ROWS:
            problems.add(number, "", f"is one too many: a table has at most {MAX_ROWS} rows; cut it into several")
            return
        if len(record) != len(header):
            problems.add(number, "", f"has {len(record)} cells where the header has {len(header)}")
            continue
        row = Row(number, dict(zip(header, record, strict=True)))
        first = seen.setdefault(tuple(cell.strip() for cell in record), number)
        if first != number:
            problems.add(number, "", f"repeats row {first}")
        elif _is_sound(row, problems):
            yield row


def _is_sound(row: Row, problems: Problems) -> bool:
    is_sound = True
    for column, cell in row.cells.items():
        reason = _unsound(cell)
        if reason:
            is_sound = False
            problems.add(row.number, column, reason)
    return is_sound


def _unsound(cell: str) -> str | None:
    if len(cell) > MAX_CELL:
        return f"has more than {MAX_CELL} characters"
    if any(unicodedata.category(each) == "Cc" and each not in "\t\r\n" for each in cell):
        return "holds a control character"
    return None
