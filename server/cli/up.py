"""`obia up`: start this archive's servers and say where they are."""

import click

from obia.server.services import ensure, status
from obia.server.services.status import describe
from obia.server.settings import Settings


@click.command("up")
@click.pass_obj
def command(settings: Settings) -> None:
    """Start this archive's Neo4j and queue, or find that they run.

    The first time, Neo4j is downloaded (about 130 MB) into the user's cache folder.
    The servers listen on this machine alone and go on until `obia down`.
    """
    ensure(settings)
    click.echo(f"archive  {settings.home}")
    for service in status(settings):
        click.echo(describe(service))
