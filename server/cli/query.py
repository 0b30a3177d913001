"""`obia query`: ask GraphQL."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import BadInput, Code, NotFound, exit_status
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json
from obia.server.settings import Settings


@click.command(short_help="Ask GraphQL and print the JSON answer.")
@click.argument("document")
@click.option("--variables", metavar="JSON", help="The variables, a JSON object.")
@click.option(
    "--as", "token", metavar="TOKEN", help="Ask with this token; without it, as this archive's administrator."
)
@click.option("--anonymous", is_flag=True, help="Ask as anybody on the net.")
@click.pass_obj
def command(settings: Settings, document: str, variables: str | None, token: str | None, anonymous: bool) -> int:
    """Ask DOCUMENT and print the answer as JSON.

    DOCUMENT is GraphQL; @FILE reads it from a file, - from standard input. The exit status is 0 when there were no
    errors, else it tells of the first.
    """
    text, values = _document(document), _variables(variables)
    answer = on_archive(settings, lambda archive: _ask(archive, text, values, token, anonymous))
    print_json(answer)
    codes = [error.get("extensions", {}).get("code") for error in answer.get("errors", ())]
    return exit_status(Code(codes[0])) if codes else 0


async def _ask(
    archive: OpenArchive, text: str, values: dict[str, Any], token: str | None, anonymous: bool
) -> dict[str, Any]:
    from obia.server.access import viewer

    asking = await viewer(archive.graph, token) if token or anonymous else ADMINISTRATOR
    return await archive.api.ask(asking, text, values)


def _document(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no file {given[1:]}") from None
    except (OSError, UnicodeDecodeError):
        raise BadInput("the file with the document cannot be read as text") from None


def _variables(given: str | None) -> dict[str, Any]:
    try:
        values = json.loads(given or "{}")
    except ValueError:
        raise BadInput("--variables is not JSON") from None
    if not isinstance(values, dict):
        raise BadInput("--variables is a JSON object")
    return values
