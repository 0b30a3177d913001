"""`obia graph`: dump and check the graph."""

from pathlib import Path

import click

from obia.schema.errors import Code, exit_status
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json
from obia.server.graph.check import drifts
from obia.server.graph.dump import dump as dump_lines
from obia.server.settings import Settings


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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(settings: Settings, as_json: bool) -> int:
    """Find drift: kept counts that are wrong, files that the store lacks. Exit status 0 when there is none."""

    async def work(archive: OpenArchive) -> list[dict[str, str]]:
        return [
            {"label": each.label, "key": each.key, "kept": each.kept, "found": each.found}
            async for each in drifts(archive.graph, archive.store)
        ]

    found = on_archive(settings, work)
    if as_json:
        print_json(found)
    for each in () if as_json else found:
        click.echo(f"{each['label']} {each['key']}: kept {each['kept']}, found {each['found']}")
    if not found and not as_json:
        click.echo("no drift")
    return exit_status(Code.DRIFT) if found else 0


@command.command()
@click.pass_obj
def schema(_settings: Settings) -> None:
    """Print the constraints and indexes that the model asks for."""
    from obia.server.graph import ddl

    for statement in ddl.render():
        click.echo(f"{statement};")
