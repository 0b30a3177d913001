"""`obia up`: start this archive's servers and say where they are."""

import asyncio
import contextlib

import click

from obia.schema.errors import Code, ObiaError, Unavailable
from obia.server.graph.driver import Graph
from obia.server.services import ensure, status
from obia.server.services.status import describe
from obia.server.services.waiting import graph_is_back
from obia.server.settings import Settings


@click.command("up")
@click.pass_obj
def command(settings: Settings) -> None:
    """Start this archive's Neo4j and queue unless they are already running.

    The first time, Neo4j is downloaded (about 130 MB) into the user's cache folder.
    The servers listen on this machine alone and go on until `obia down`.
    """
    ensure(settings)
    with contextlib.suppress(Unavailable):  # what is down is shown below
        asyncio.run(_answers(settings))
    click.echo(f"archive  {settings.home}")
    services = status(settings)
    for service in services:
        click.echo(describe(service))
    if down := [each.name for each in services if each.state != "up"]:
        raise ObiaError(f"the {' and the '.join(down)} does not answer; see `obia status`", Code.SERVICE_FAILED)


async def _answers(settings: Settings) -> None:
    """Wait until the graph answers. Raises Unavailable where it does not."""
    at = ensure(settings)
    async with Graph(at.graph_url, at.graph_user, at.graph_password) as graph:
        await graph_is_back(settings, graph)
