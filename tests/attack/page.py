"""The page: the last table, between two marks of docs/reliability.md; all else there is written by hand."""

import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from obia.server.services.artifacts import read_lock
from tests.attack.rows import Row, table
from tests.long import machine

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- begin: written by `make attack WRITE=1` -->", "<!-- end -->"


def write(rows: Sequence[Row], seconds: float) -> None:
    """Put the rows, with date, versions and machine, between the marks of the page."""
    generated = "\n".join(_lines(rows, seconds))
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), generated), encoding="utf-8")


def replaced(page: str, generated: str) -> str:
    """The page with another generated part. Raises ValueError where the marks are missing."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"the page lacks its marks: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{generated}\n{END}{after}"


def _lines(rows: Sequence[Row], seconds: float) -> Iterator[str]:
    failed = sum(not row.is_passed for row in rows)
    yield f"- When: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {seconds / 60:.0f} minutes"
    yield f"- Versions: OBIA {version('obia')}, Neo4j {read_lock().version}, Python {platform.python_version()}"
    yield f"- Machine: {machine()}"
    yield f"- Result: {len(rows) - failed} of {len(rows)} rows passed\n"
    yield from table(rows)
