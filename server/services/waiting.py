"""Waiting for our own Neo4j while its supervisor starts it again, instead of failing at once."""

import asyncio
from time import monotonic

import click

from obia.schema.errors import Unavailable
from obia.server.graph.driver import Graph
from obia.server.services.rendezvous import read_rendezvous
from obia.server.settings import Settings

_SECONDS = 60.0  # a restart takes about ten, on a busy machine several times that
_TICK = 0.5  # s
_QUIET = 2.0  # s; whoever waits longer is told why


async def graph_is_back(settings: Settings, graph: Graph) -> None:
    """Return once the graph answers. Raises Unavailable at once where nobody starts it, else after a minute."""
    begun, is_told = monotonic(), False
    while True:
        try:
            await graph.read("RETURN 1")
            return
        except Unavailable:
            if not _is_kept(settings) or monotonic() - begun > _SECONDS:
                raise
        if not is_told and monotonic() - begun > _QUIET:
            click.echo("waiting for Neo4j, which is being started again", err=True)
            is_told = True
        await asyncio.sleep(_TICK)


def _is_kept(settings: Settings) -> bool:
    """Whether the graph is our own and a supervisor looks after it."""
    running = read_rendezvous(settings.home) if settings.graph_url is None else None
    return running is not None and running.supervisor.is_alive
