"""`obia plugins`: which plugins run."""

import click

from obia.server.cli.running import print_json, print_table
from obia.server.host.plugins import load
from obia.server.settings import Settings


@click.command(short_help="Show which plugins run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> None:
    """Show every plugin: its version, the hooks it fills, and its error if it was set aside."""
    loaded = load(settings).loaded
    if as_json:
        print_json([{"name": p.name, "version": p.version, "hooks": list(p.hooks), "error": p.error} for p in loaded])
    else:
        print_table(
            [("plugin", "version", "hooks"), *((p.name, p.version, p.error or " ".join(p.hooks)) for p in loaded)]
        )
