"""Commands that plugins add to the program."""

import sys

import click

from obia.schema.errors import ObiaError
from obia.schema.hooks import REGISTER
from obia.schema.protocols import Command
from obia.server.settings import Settings

_NEEDED = ("register_settings", "register_commands")  # what else plugins bring, a command line can do without


def plugin_commands() -> dict[str, click.Command]:
    """The plugins' commands by name; when the settings or a required plugin are wrong, the command itself says so."""
    from obia.server.host.plugins import load

    try:
        registered = load(Settings.load(), [hook for hook in REGISTER if hook not in _NEEDED]).registered.commands
    except ObiaError:
        return {}
    return {name: _wrapped(each) for name, each in registered.items()}


def _wrapped(command: Command) -> click.Command:
    def run(arguments: tuple[str, ...]) -> None:
        sys.exit(command.run(arguments))

    words = click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)
    return click.Command(
        command.name,
        callback=run,
        params=[words],
        help=command.help,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )
