"""`obia graph`: dump and check the graph."""

from dataclasses import asdict
from pathlib import Path

import click

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, exit_status
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json
from obia.server.graph.check import drifts
from obia.server.graph.dump import dump as dump_lines
from obia.server.orphans import orphans, sweep
from obia.server.settings import Settings

_SWEPT = "an orphan, removed"


@click.group(short_help="Dump and check the graph.")
def command() -> None:
    """Dump and check the graph."""


@command.command()
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file; unset, to standard output.")
@click.pass_obj
def dump(settings: Settings, output: Path | None) -> None:
    """Write every node and relationship as one JSON object a line, keyed by natural keys and sorted."""

    async def work(archive: OpenArchive) -> int:
        count = 0
        with click.open_file(
            str(output) if output else "-", "w", encoding="utf-8", atomic=output is not None
        ) as stream:
            async for line in dump_lines(archive.graph):
                stream.write(line + "\n")
                count += 1
        return count

    count = on_archive(settings, work)
    if output:
        click.echo(f"{count} nodes and relationships", err=True)


@command.command()
@click.option(
    "--sweep", "is_sweep", is_flag=True, help="Remove what the graph does not list. This goes into the audit log."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(settings: Settings, is_sweep: bool, as_json: bool) -> int:
    """Find drift: kept counts that are wrong, what store or vault lack, and what lies there and the graph does not list.

    What an unfinished intake stored is not drift. Exit status 0 when there is none.
    """
    found = on_archive(settings, lambda archive: _check(archive, is_sweep=is_sweep))
    if as_json:
        print_json(found)
    for each in () if as_json else found:
        click.echo(f"{each['label']} {each['key']}: kept {each['kept']}, found {each['found']}")
    if not found and not as_json:
        click.echo("no drift")
    return exit_status(Code.DRIFT) if any(each["found"] != _SWEPT for each in found) else 0


async def _check(archive: OpenArchive, *, is_sweep: bool) -> list[dict[str, str]]:
    found = [asdict(each) async for each in drifts(archive.graph, archive.store)]
    left = await orphans(archive.graph, archive.store, archive.vault)
    if is_sweep:
        await sweep(archive, ADMINISTRATOR, left)
    shown = _SWEPT if is_sweep else "an orphan"
    return [*found, *({"label": "Store", "key": name, "kept": "nothing", "found": shown} for name in left)]


@command.command()
@click.pass_obj
def schema(_settings: Settings) -> None:
    """Print the constraints and indexes that the model asks for."""
    from obia.server.graph import ddl

    for statement in ddl.render():
        click.echo(f"{statement};")
