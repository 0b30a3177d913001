"""`obia token`: add, list and revoke tokens."""

from dataclasses import asdict

import click

from obia.schema.access import ADMINISTRATOR, Role
from obia.server import access
from obia.server.cli.running import on_archive, print_json, print_table
from obia.server.settings import Settings

_ROLES = [role.value.lower() for role in Role if role is not Role.ANONYMOUS]


@click.group(short_help="Add, list and revoke tokens.")
def command() -> None:
    """Add, list and revoke the tokens by which programs and people ask."""


@command.command()
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), default="researcher", show_default=True, help="What it may do.")
@click.option("--grant", "grants", multiple=True, metavar="OBIA0001", help="A controlled collection it may see whole.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def add(settings: Settings, name: str, role: str, grants: tuple[str, ...], as_json: bool) -> None:
    """Make a token and print it, once."""
    token = on_archive(
        settings, lambda archive: access.add_token(archive, ADMINISTRATOR, name, Role(role.upper()), grants)
    )
    if as_json:
        print_json({"name": name, "token": token})
    else:
        click.echo(token)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List the tokens; the tokens themselves are known to nobody but who holds them."""
    found = on_archive(settings, lambda archive: access.tokens(archive.graph))
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        rows = [(t.name, t.role, ", ".join(t.grants), t.created_at, t.revoked_at or "") for t in found]
        print_table([("name", "role", "grants", "created", "revoked"), *rows])
    else:
        click.echo("no tokens")


@command.command()
@click.argument("name")
@click.pass_obj
def revoke(settings: Settings, name: str) -> None:
    """Revoke a token, at once and for good."""
    on_archive(settings, lambda archive: access.withdraw_token(archive, ADMINISTRATOR, name))
    click.echo(f"revoked {name}")
