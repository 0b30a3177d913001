"""`obia link`: who in other archives our individuals are."""

from pathlib import Path

import click

from obia.server.cli.importing import run_import, table_options
from obia.server.settings import Settings


@click.group(short_help="Link individuals to other archives, from a CSV file.")
def command() -> None:
    """Link individuals to GSA-Human, and collections to BioProjects."""


@command.command("import", short_help="Bring links from a CSV file.")
@table_options
@click.pass_obj
def import_command(
    settings: Settings, file: Path, collection: str | None, encoding: str, is_dry: bool, as_json: bool
) -> None:
    """Bring studies, individuals, samples, experiments and runs of GSA-Human from FILE, and who of ours they are.

    All of the table is written or nothing of it; run again it adds nothing. docs/tables.md lists the columns.
    """
    from obia.server.tables.links import import_links

    run_import(settings, import_links, file, collection, encoding, is_dry, as_json)
