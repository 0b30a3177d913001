"""`obia clinical`: clinical data of individuals."""

from pathlib import Path

import click

from obia.server.cli.importing import run_import, table_options
from obia.server.settings import Settings


@click.group(short_help="Bring clinical data, from a CSV file.")
def command() -> None:
    """Bring clinical data of individuals."""


@command.command("import", short_help="Bring clinical data from a CSV file.")
@table_options
@click.pass_obj
def import_command(
    settings: Settings, file: Path, collection: str | None, encoding: str, is_dry: bool, as_json: bool
) -> None:
    """Bring demographics, history, family history, diagnoses, pathology and treatment from FILE, one statement a row.

    All of the table is written or nothing of it; run again it adds nothing. docs/tables.md lists the columns.
    """
    from obia.server.tables.clinical import import_clinical

    run_import(settings, import_clinical, file, collection, encoding, is_dry, as_json)
