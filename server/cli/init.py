"""`obia init`: make an archive."""

import asyncio
import contextlib
from pathlib import Path

import click

from obia.schema.access import ADMINISTRATOR, Role
from obia.schema.errors import Code, ObiaError
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json
from obia.server.graph.driver import Graph
from obia.server.graph.statements import cypher
from obia.server.keys import Keys, is_filled, missing_key
from obia.server.services import ensure
from obia.server.settings import Settings
from obia.server.store.files import open_store
from obia.server.together import has_graph_elsewhere, require_no_other_archive, require_unmarked


@click.command(short_help="Make an archive: home, key, graph, and one administrator token.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> None:
    """Make an archive: its folder, its key, its graph, and one administrator token, which is shown once.

    Run again it mends what is missing and makes no second token.
    """
    if not (settings.home / "key").exists():
        _require_new(settings)
    make_home(settings)
    token = on_archive(settings, _first_token)
    if as_json:
        print_json({"home": str(settings.home), "token": token})
        return
    click.echo(f"archive: {settings.home}")
    click.echo(f"key: {settings.home / 'key'} (keep a copy in a safe place: without it the vault cannot be read)")
    click.echo(f"administrator token: {token}" if token else "it was there already; `obia token add` makes tokens")


def _require_new(settings: Settings) -> None:
    """Raise ObiaError KEY_MISSING, before a key is written, where graph or store has an archive already."""
    if has_graph_elsewhere(settings):
        asyncio.run(_require_new_graph(settings))
    if settings.store_url is not None:  # of a store in the home, `make_home` says that its key is gone
        require_unmarked(open_store(settings), settings.home)


async def _require_new_graph(settings: Settings) -> None:
    at = ensure(settings)
    async with Graph(at.graph_url, at.graph_user, at.graph_password) as graph:
        await require_no_other_archive(graph, settings.home)


def make_home(settings: Settings) -> bool:
    """Make the folder and the key file; return whether the key is new. Raises ObiaError HOME_UNWRITABLE, KEY_MISSING."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _demand_no_data(settings.home)
        with contextlib.suppress(FileExistsError):
            Keys.generate().save(settings.home / "key")
            return True
    except OSError as error:
        raise ObiaError(
            f"{settings.home} cannot be written: {error.strerror}; set OBIA_HOME to a folder that can",
            Code.HOME_UNWRITABLE,
        ) from None
    return False


def _demand_no_data(home: Path) -> None:
    """Raise ObiaError KEY_MISSING where a key made data and is gone: a new one would read none of them."""
    if not (home / "key").exists() and is_filled(home):
        raise missing_key(home)


async def _first_token(archive: OpenArchive) -> str | None:
    """An administrator's token, unless one is in force."""
    from obia.server.access import add_token

    [[is_there]] = await archive.graph.read(cypher("has_administrator"))
    if is_there:
        return None
    return await add_token(archive, ADMINISTRATOR, "administrator", Role.ADMINISTRATOR, ())
