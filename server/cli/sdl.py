"""`obia sdl`: the GraphQL schema."""

import click

from obia.server.host.plugins import load
from obia.server.settings import Settings


@click.command(short_help="Print the GraphQL schema.")
@click.option("--core", is_flag=True, help="Without the fields that plugins add.")
@click.pass_obj
def command(settings: Settings, core: bool) -> None:
    """Print the GraphQL schema in SDL, with the fields that the plugins of this archive add."""
    from obia.schema.graphql.schema import make_schema

    extensions = () if core else tuple(load(settings).registered.extensions)
    click.echo(make_schema(extensions).as_str())
