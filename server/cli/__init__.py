"""The command line: one module a command, loaded when it is called."""

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from obia.schema.errors import FULL, Code, ObiaError, exit_status, is_refused
from obia.server.log import configure_logging
from obia.server.settings import Settings
from obia.server.strangers import nearest, strangers

COMMANDS: Mapping[str, str] = {
    "init": "Make an archive: home, key, graph, and one administrator token.",
    "up": "Start this archive's Neo4j and queue.",
    "down": "Stop this archive's Neo4j and queue.",
    "status": "Say what runs, and what the archive holds.",
    "serve": "Serve the API and its page.",
    "work": "Work on what the queue holds.",
    "ingest": "Take a folder of files in.",
    "job": "List, show and cancel intakes.",
    "query": "Ask GraphQL and print the JSON answer.",
    "collection": "Add, list, edit, reprocess, release and remove collections.",
    "token": "Add, list and revoke tokens.",
    "quarantine": "List, show, accept and discard what was not accepted.",
    "link": "Link individuals to other archives, from a CSV file.",
    "clinical": "Bring clinical data, from a CSV file.",
    "plugins": "Show which plugins run.",
    "sdl": "Print the GraphQL schema.",
    "settings": "Show every setting, its value and where it came from.",
    "graph": "Dump and check the graph.",
    "audit": "Look after the audit log.",
}


class LazyGroup(click.Group):
    """A group whose commands are modules, imported when named; plugins' commands come after the built-in ones."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The built-in commands in the order a newcomer meets them."""
        return [*COMMANDS, *_plugin_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        if cmd_name in COMMANDS:
            module = importlib.import_module(f"obia.server.cli.{cmd_name}")
            return module.command  # type: ignore[no-any-return]
        return _plugin_commands(ctx).get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. Raises click.UsageError with the nearest name: click itself knows only what is loaded."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = nearest(args[0], self.list_commands(ctx))
            hint = f" Did you mean {near!r}?" if near else ""
            raise click.UsageError(error.message + hint, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one."""
        rows = [*COMMANDS.items(), *((name, each.help or "") for name, each in _plugin_commands(ctx).items())]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _plugin_commands(ctx: click.Context) -> dict[str, click.Command]:
    if "plugin_commands" not in ctx.meta:
        from obia.server.cli.extra import plugin_commands

        ctx.meta["plugin_commands"] = plugin_commands()
    return ctx.meta["plugin_commands"]  # type: ignore[no-any-return]


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="obia", message="obia %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """OBIA, the Open Biomedical Imaging Archive.

    An archive lies under one folder, OBIA_HOME. Start with `obia init`.
    """
    ctx.obj = Settings.load()
    configure_logging(ctx.obj.log_level)
    for warning in strangers(ctx.obj):
        click.echo(f"obia: {warning}", err=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program; every failure is one line on stderr and an exit status that says what kind it was."""
    os.umask(0o077)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts a thread for each core, and they wait busily
    try:
        status = cli.main(arguments, prog_name="obia", standalone_mode=False)
    except ObiaError as error:
        click.echo(f"obia: {error.code}: {error.message}", err=True)
        sys.exit(exit_status(error.code))
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("obia: stopped", err=True)
        sys.exit(130)
    except OSError as error:
        code = Code.DISK_FULL if error.errno in FULL else Code.HOME_UNWRITABLE if is_refused(error) else Code.INTERNAL
        click.echo(f"obia: {code}: {error.strerror or type(error).__name__}{_place(error)}", err=True)
        sys.exit(exit_status(code))
    sys.exit(status if isinstance(status, int) else 0)


def _place(error: OSError) -> str:
    """Where in the archive's home a file was refused; a path elsewhere may hold an identity and is not repeated."""
    home = Settings.load().home
    if not isinstance(error.filename, str) or not Path(error.filename).is_relative_to(home):
        return ""
    return f": {error.filename}"
