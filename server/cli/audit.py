"""`obia audit`: look after the audit log."""

import click

from obia.server.audit import Audit, unfinished, verify
from obia.server.settings import Settings


@click.group(short_help="Look after the audit log.")
def command() -> None:
    """Look after the audit log."""


@command.command("verify")
@click.pass_obj
def verify_(settings: Settings) -> None:
    """Check that no line was changed, moved, taken out or cut off, and say how many events there are.

    Names the changes that were announced and have no outcome: they are under way, or the next command completes them.
    """
    path = Audit(settings.home).path
    count = verify(path)
    click.echo(f"{count} events, each sealed by the one before it")
    if found := unfinished(path):
        click.echo(f"changes without an outcome: {len(found)}")
    for each in found:
        click.echo(f"  {each.change} {each.action} {each.subject}, announced {each.at} by {each.who}")
