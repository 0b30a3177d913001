"""`obia settings`: every setting, its value and where it came from."""

from typing import TYPE_CHECKING

import click

from obia.schema.errors import ObiaError
from obia.server.cli.running import print_json, print_table
from obia.server.settings import Settings

if TYPE_CHECKING:
    from obia.server.host.view import PluginSetting

_ORIGIN = {True: "obia.toml", False: "default"}


@click.command(short_help="Show every setting, its value and where it came from.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> None:
    """Show every setting, its value and where it came from; secrets are masked.

    A setting is OBIA_NAME in the environment, or `name` in OBIA_HOME/obia.toml; the environment wins. Those of plugins,
    at the end, stand in obia.toml alone, under [plugins.NAME].
    """
    rows = [(name, _shown(value), origin, description) for name, value, origin, description in settings.describe()]
    rows += [(each.name, _shown(each.value), _ORIGIN[each.is_given], "") for each in _of_plugins(settings)]
    if as_json:
        names = ("name", "value", "origin", "description")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table([("setting", "value", "origin"), *(row[:3] for row in rows)])


def _of_plugins(settings: Settings) -> "list[PluginSetting]":
    """The settings of the plugins that run; none where a required one cannot, which `obia plugins` tells."""
    from obia.server.host.plugins import load

    try:
        return load(settings).archive.plugin_settings
    except ObiaError:
        return []


def _shown(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "none"
    return f"{value}"
