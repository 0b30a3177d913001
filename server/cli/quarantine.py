"""`obia quarantine`: list, show, accept and discard what was not accepted."""

from dataclasses import asdict

import click

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, exit_status
from obia.server import quarantine
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json, print_table, reading_originals
from obia.server.collections import counted
from obia.server.settings import Settings


@click.group(short_help="List, show, accept and discard what was not accepted.")
def command() -> None:
    """List, show, accept and discard what was not accepted. The originals lie in the vault."""


@command.command("list")
@click.option("--collection", metavar="OBIA0001", help="Only of this collection.")
@click.option("--code", metavar="CODE", help="Only with this code.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: Settings, collection: str | None, code: str | None, as_json: bool) -> None:
    """List what was not accepted, by intake id: names and paths may hold an identity and stay in the vault."""

    async def work(archive: OpenArchive) -> list[quarantine.Entry]:
        return await quarantine.entries(archive, collection, code and _known(archive, code))

    found = on_archive(settings, work)
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        print_table(
            [("intake id", "collection", "code", "at"), *((e.intake_id, e.collection, e.code, e.at) for e in found)]
        )
    else:
        click.echo("nothing is quarantined")


def _known(archive: OpenArchive, code: str) -> str:
    """A code that a file can have. Raises click.BadParameter, which lists them."""
    from obia.server.cli.ingest import EXPLANATIONS

    own = archive.plugins.registered.codes
    if code in set(Code) or code in own:
        return code
    usual = [each for each in EXPLANATIONS if each not in ("ACCEPTED", Code.DUPLICATE)]
    raise click.BadParameter(f"{code!r} is none of {', '.join([*usual, *own])}", param_hint="'--code'")


@command.command()
@click.argument("intake_id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(settings: Settings, intake_id: str, as_json: bool) -> None:
    """Open the vault and show where a file came from. This goes into the audit log."""
    shown = on_archive(settings, lambda archive: quarantine.show(archive, ADMINISTRATOR, intake_id))
    if as_json:
        print_json(shown)
    else:
        print_table([(name, str(value)) for name, value in shown.items()])


@command.command()
@click.argument("intake_ids", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def accept(settings: Settings, intake_ids: tuple[str, ...], as_json: bool) -> int:
    """Decide a CONFLICT or MIX_UP: accept these files, and hold back whatever unreleased image contradicts them.

    Their originals are de-identified and checked again. This goes into the audit log.
    """
    with reading_originals():
        decided = on_archive(settings, lambda archive: quarantine.accept(archive, ADMINISTRATOR, intake_ids))
    if as_json:
        left = [{"intakeId": each.intake_id, "code": each.code} for each in decided.left]
        print_json({"accepted": decided.accepted, "quarantined": left, "alsoAccepted": decided.freed})
    else:
        click.echo(f"accepted {decided.accepted}")
        _echo_freed(decided.freed)
        for each in decided.left:
            click.echo(f"{each.intake_id} is quarantined still, as {each.code}", err=True)
    return exit_status(Code.CONFLICT) if decided.left else 0


def _echo_freed(freed: int) -> None:
    if freed:
        click.echo(f"{counted(freed, 'other file')} that nothing speaks against any more accepted too")


@command.command()
@click.argument("intake_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def discard(settings: Settings, intake_ids: tuple[str, ...], yes: bool) -> None:
    """Remove quarantined files for good, from graph and vault.

    A file that was held back because of a conflict with a discarded one is accepted.
    """
    if not yes:
        click.confirm(f"discard {len(intake_ids)} for good?", abort=True)
    with reading_originals():
        freed = on_archive(settings, lambda archive: quarantine.discard(archive, ADMINISTRATOR, intake_ids))
    click.echo(f"discarded {len(intake_ids)}")
    _echo_freed(freed)
