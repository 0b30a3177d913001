"""`obia link import` and `obia clinical import`, as a user types them."""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from obia.schema.errors import Code, ObiaError
from obia.server.cli import clinical, link
from obia.server.settings import Settings

pytestmark = pytest.mark.neo4j
DOCS = Path(__file__).parents[3] / "docs" / "tables.md"


def run(command: click.Command, settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["import", *arguments], obj=settings)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("bioproject,gsa_study\nPRJCA000001,HRA000001\n")
    return path


def test_an_import_says_what_was_added_and_then_that_nothing_was(empty: Settings, table: Path) -> None:
    first, second = (run(link.command, empty, str(table)).stdout for _ in range(2))

    assert first == "1 rows read; added: 1 BioProject, 1 GsaStudy, 1 HAS_DATASET\n"
    assert second == "1 rows read; the archive holds all of it already, nothing was added\n"


def test_an_import_answers_in_json(empty: Settings, table: Path) -> None:
    answer = json.loads(run(link.command, empty, str(table), "--json", "--dry-run").stdout)

    assert answer == {
        "rows": 1,
        "added": {"BioProject": 1, "GsaStudy": 1, "HAS_DATASET": 1},
        "dryRun": True,
        "waiting": [],
    }


def test_problems_are_listed_and_the_rest_counted(empty: Settings, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("individual,kind,code,value,date\n" + "".join(f"PID-{n},DIAGNOSIS,C1,x,\n" for n in range(150)))

    shown = run(clinical.command, empty, str(path))
    as_json = run(clinical.command, empty, str(path), "--json")

    assert isinstance(shown.exception, ObiaError) and shown.exception.code is Code.BAD_TABLE
    assert shown.stderr.splitlines()[0] == "row 2, column individual: names no individual that the archive holds"
    assert shown.stderr.splitlines()[100:] == ["and 50 more"]
    error = json.loads(as_json.stdout)["error"]
    assert (error["code"], error["total"], len(error["problems"])) == ("BAD_TABLE", 150, 100)
    assert error["problems"][0]["row"] == 2
    assert "PID" not in shown.output + as_json.output


@pytest.mark.parametrize("command", [link.command, clinical.command], ids=["link", "clinical"])
def test_every_column_is_in_the_docs(command: click.Group) -> None:
    from obia.server.tables import chains, entries

    columns = chains.COLUMNS if command is link.command else entries.COLUMNS
    section = DOCS.read_text(encoding="utf-8").split("\n## ")[1 if command is link.command else 2]

    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == set(columns.known)
