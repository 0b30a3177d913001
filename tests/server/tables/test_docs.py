"""docs/tables.md: its tables are run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.server.tables.clinical import import_clinical
from obia.server.tables.links import import_links
from obia.server.tables.table import MAX_BYTES, MAX_CELL, MAX_ROWS
from tests.server.tables.conftest import Hospital

DOCS = (Path(__file__).parents[3] / "docs" / "tables.md").read_text(encoding="utf-8")


@pytest.mark.neo4j
@pytest.mark.anyio
async def test_the_tables_of_the_docs_are_right(hospital: Hospital, write: Callable[[str], Path]) -> None:
    links, clinical = re.findall(r"```csv\n(.*?)```", DOCS, re.DOTALL)

    brought = await import_links(hospital.archive, ADMINISTRATOR, write(links))
    told = await import_clinical(hospital.archive, ADMINISTRATOR, write(clinical))

    assert brought.added["SAME_AS"] == 1
    assert told.added == {"Diagnosis": 2, "History": 1, "Treatment": 1, "sex": 1}


def test_the_limits_of_the_docs_are_the_limits() -> None:
    assert f"at most {MAX_ROWS:,} rows, {MAX_BYTES >> 20} MiB, and {MAX_CELL:,} characters" in DOCS
