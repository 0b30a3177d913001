"""`obia job`: list, show and cancel intakes."""

from dataclasses import asdict

import click

from obia.schema.access import ADMINISTRATOR
from obia.server import jobs
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json, print_table, reading_originals
from obia.server.settings import Settings


@click.group(short_help="List, show and cancel intakes.")
def command() -> None:
    """List, show and cancel intakes.

    A job is one intake of `obia ingest`, the mutation `startIngest`, `obia collection reprocess` or
    `obia quarantine accept`, or of files that nothing contradicts any more.
    """


@command.command("list")
@click.option("--collection", metavar="OBIA0001", help="Only of this collection.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: Settings, collection: str | None, as_json: bool) -> None:
    """List jobs, newest last."""
    found = on_archive(settings, lambda archive: jobs.entries(archive, collection))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        rows = [(each.id, each.collection, each.state, f"{each.done}/{each.total}", each.created) for each in found]
        print_table([("job", "collection", "state", "files", "at"), *rows])
    else:
        click.echo("there are no jobs")


@command.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(settings: Settings, id: str, as_json: bool) -> None:
    """Show how far a job has come, and how its files have ended."""
    entry, outcomes = on_archive(settings, lambda archive: jobs.show(archive, id))
    if as_json:
        print_json({**asdict(entry), "outcomes": outcomes})
        return
    facts = [(name, "" if value is None else str(value)) for name, value in asdict(entry).items()]
    print_table([*facts, *((code, str(files)) for code, files in outcomes.items())])


@command.command()
@click.argument("id")
@click.pass_obj
def cancel(settings: Settings, id: str) -> None:
    """Cancel a job: no further batch is begun, one under way is finished, and what was accepted stays.

    This goes into the audit log. `obia ingest` of the same folder begins anew.
    """

    async def work(archive: OpenArchive) -> None:
        from obia.server.intake.finishing import close

        await jobs.cancel(archive, ADMINISTRATOR, id)
        entry, _ = await jobs.show(archive, id)
        await close(archive, id, entry.collection)

    with reading_originals():
        on_archive(settings, work)
    click.echo(f"cancelled {id}")
