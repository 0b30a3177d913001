"""`obia down`: stop this archive's servers."""

import click

from obia.server.services import stop
from obia.server.settings import Settings


@click.command("down")
@click.pass_obj
def command(settings: Settings) -> None:
    """Stop this archive's Neo4j and queue; what the settings name elsewhere is left alone."""
    click.echo("stopped" if stop(settings) else "nothing was running")
