"""What the two importing commands share: their options, and how they show problems and results."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import click

from obia.schema.access import ADMINISTRATOR, Viewer
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json
from obia.server.settings import Settings
from obia.server.tables.imported import Imported
from obia.server.tables.problems import BadTable
from obia.server.tables.table import ENCODINGS

_SHOWN = 100  # problems


class Import(Protocol):
    """One of `import_links` and `import_clinical`."""

    def __call__(
        self, archive: OpenArchive, viewer: Viewer, path: Path, collection: str | None, encoding: str, *, is_dry: bool
    ) -> Awaitable[Imported]:
        """Write what a table says."""
        ...


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument and options of a command that imports a table."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON, problems too."),
        click.option("--dry-run", "is_dry", is_flag=True, help="Check everything and write nothing."),
        click.option("--encoding", type=click.Choice(ENCODINGS), default=ENCODINGS[0], show_default=True),
        click.option("--collection", metavar="OBIA0001", help="The collection of every row that names none."),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def run_import(
    settings: Settings, work: Import, file: Path, collection: str | None, encoding: str, is_dry: bool, as_json: bool
) -> None:
    """Import a table and say what was new. Raises BadTable after listing its problems, on stderr or as JSON."""
    try:
        imported = on_archive(
            settings, lambda archive: work(archive, ADMINISTRATOR, file, collection, encoding, is_dry=is_dry)
        )
    except BadTable as error:
        _show(error, as_json)
        raise
    if as_json:
        print_json(imported.describe())
        return
    if not imported.added:
        click.echo(f"{imported.rows} rows read; the archive holds all of it already, nothing was added")
        return
    verb = "would be added" if imported.is_dry else "added"
    counts = ", ".join(f"{count} {name}" for name, count in imported.added.items())
    click.echo(f"{imported.rows} rows read; {verb}: {counts}")
    for accession in imported.waiting:
        click.echo(f"not shown until `obia collection release {accession}`")


def _show(error: BadTable, as_json: bool) -> None:
    if as_json:
        print_json({"error": error.describe(_SHOWN)})
        return
    for problem in error.problems[:_SHOWN]:
        click.echo(str(problem), err=True)
    if len(error.problems) > _SHOWN:
        click.echo(f"and {len(error.problems) - _SHOWN} more", err=True)
