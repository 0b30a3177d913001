"""`obia audit`: look after the audit log."""

import click

from obia.server.audit import Audit, verify
from obia.server.settings import Settings


@click.group(short_help="Look after the audit log.")
def command() -> None:
    """Look after the audit log."""


@command.command("verify")
@click.pass_obj
def verify_(settings: Settings) -> None:
    """Check that no line was changed, moved, taken out or cut off, and say how many events there are."""
    count = verify(Audit(settings.home).path)
    click.echo(f"{count} events, each sealed by the one before it")
