"""Running the program as a user does: each command is printed, then run."""

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import click

from obia.schema.errors import Code, ObiaError


def run(*arguments: str) -> None:
    """Print a command, run it, let it speak. Raises ObiaError SERVICE_FAILED when it fails."""
    _show(arguments)
    if subprocess.run(program(arguments), check=False).returncode:
        raise ObiaError(f"`obia {arguments[0]}` failed; its own line above says why", Code.SERVICE_FAILED)


def ask(*arguments: str, is_shown: bool = True) -> Any:
    """Run a command that prints JSON, and return what it printed. Raises ObiaError SERVICE_FAILED when it fails."""
    if is_shown:
        _show(arguments)
    done = subprocess.run(program(arguments), stdout=subprocess.PIPE, text=True, check=False)
    if is_shown or done.returncode:
        click.echo(done.stdout.rstrip())
    if done.returncode:
        raise ObiaError(f"`obia {arguments[0]}` failed; its own line above says why", Code.SERVICE_FAILED)
    return json.loads(done.stdout)


def is_up() -> bool:
    """Whether the archive's servers run already."""
    asked = program(["status", "--json"])
    return subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _show(arguments: Sequence[str]) -> None:
    click.secho(f"\n$ obia {shlex.join(arguments)}", bold=True)


def program(arguments: Sequence[str]) -> list[str]:
    """The command line of the program."""
    return [sys.executable, "-m", "obia", *arguments]
