"""`obia status`: what runs, and what the archive holds."""

import asyncio
import dataclasses
import json

import click

from obia.schema.errors import Code, ObiaError, exit_status
from obia.server.graph.driver import Graph
from obia.server.graph.statements import cypher
from obia.server.keys import Keys, is_filled, missing_key
from obia.server.services import ensure, status
from obia.server.services.status import describe
from obia.server.settings import Settings
from obia.server.store.files import open_store
from obia.server.together import has_graph_elsewhere, require_no_other_archive, require_together

_LABELS = ("collections", "individuals", "studies", "series", "images")


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say what runs, and what the archive holds.

    Exit with 0 when all is up and belongs together, 69 when a service does not answer, 77 when the key is wrong or gone,
    78 when the store is not this archive's.
    """
    settings: Settings = ctx.obj
    services = status(settings)
    is_up = all(service.state == "up" for service in services)
    wrong = _wrong(settings) if is_up else None
    holdings = _holdings(settings) if is_up else None
    if as_json:
        table = {"home": str(settings.home), "services": [dataclasses.asdict(each) for each in services]}
        click.echo(json.dumps(table | {"holds": holdings, "error": wrong and wrong.message}))
    else:
        click.echo(f"archive  {settings.home}")
        if wrong is None and not (settings.home / "key").exists():
            click.echo(missing_key(settings.home).message)
        for service in services:
            click.echo(describe(service))
        if holdings:
            click.echo("holds    " + ", ".join(f"{count} {label}" for label, count in holdings.items()))
    if wrong is not None:
        raise wrong
    if not is_up or holdings is None:
        ctx.exit(exit_status(Code.SERVICE_FAILED))


def _wrong(settings: Settings) -> ObiaError | None:
    """What keeps graph, store and key from belonging together, if anything does."""
    try:
        asyncio.run(_require_together(settings))
    except ObiaError as error:
        return None if error.code is Code.GRAPH_UNAVAILABLE else error
    return None


async def _require_together(settings: Settings) -> None:
    at = ensure(settings)
    async with Graph(at.graph_url, at.graph_user, at.graph_password) as graph:
        if (settings.home / "key").exists():
            keys, store = Keys.load(settings.home / "key"), open_store(settings)
            await require_together(graph, keys, store, is_marking=False)
        elif has_graph_elsewhere(settings):
            await require_no_other_archive(graph, settings.home)
        elif is_filled(settings.home):
            raise missing_key(settings.home)


def _holdings(settings: Settings) -> dict[str, int] | None:
    """How much of each there is; None when the graph does not answer."""
    try:
        return asyncio.run(_count(settings))
    except ObiaError:
        return None


async def _count(settings: Settings) -> dict[str, int]:
    at = ensure(settings)
    async with Graph(at.graph_url, at.graph_user, at.graph_password) as graph:
        ((counts,),) = await graph.read(cypher("holdings"))
    return dict(zip(_LABELS, counts, strict=True))
