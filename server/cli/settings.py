"""`obia settings`: every setting, its value and where it came from."""

import click

from obia.server.cli.running import print_json, print_table
from obia.server.settings import Settings


@click.command(short_help="Show every setting, its value and where it came from.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> None:
    """Show every setting, its value and where it came from; secrets are masked.

    A setting is OBIA_NAME in the environment, or `name` in OBIA_HOME/obia.toml; the environment wins.
    """
    rows = [(name, _shown(value), origin, description) for name, value, origin, description in settings.describe()]
    if as_json:
        names = ("name", "value", "origin", "description")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table([("setting", "value", "origin"), *(row[:3] for row in rows)])


def _shown(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "none"
    return f"{value}"
