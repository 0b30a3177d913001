"""`obia deid lint`: the hazards of a script, each with its place and its way out."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from obia.plugins.deid_ctp.command.plan import (
    Mode,
    lookup_option,
    parse_script,
    read_script,
    read_text,
    script_argument,
)

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.command.linting import Found

_SHOWN = 6  # places of one hazard; a script of CTP's has a hundred hashes


@click.command(short_help="Find where a script does otherwise than it seems to say.")
@script_argument
@lookup_option
@click.option(
    "--pixels", "-p", type=click.Path(path_type=Path, readable=False), help="The pixel script that goes with it."
)
@click.option(
    "--mode",
    type=click.Choice(["safe", "strict"]),
    default="strict",
    show_default=True,
    help="strict finds what CTP does; safe finds what is left when `obia deid run` does it safely.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each place.")
def command(script: Path | None, lookup: Path | None, pixels: Path | None, mode: Mode, as_json: bool) -> int:
    """Find hazards in SCRIPT; without one, in OBIA's base script.

    A hazard is where the real CTP leaves an original value in place, or does otherwise than the script seems to say. The
    exit status is 1 if something was found.
    """
    from obia.plugins.deid_ctp.command.linting import lint
    from obia.plugins.deid_ctp.language.script import NUMERIC_PRIVATE
    from obia.plugins.deid_ctp.profile.generator import NUMBERS

    text = read_script(script)
    parsed = parse_script(text)
    found = lint(
        parsed,
        text,
        mode,
        None if lookup is None else read_text(lookup, "lookup table"),
        None if pixels is None else read_text(pixels, "pixel script"),
    )
    for line in map(_as_json, found) if as_json else _lines(found):
        click.echo(line)
    if NUMERIC_PRIVATE in parsed.keeps:
        click.echo(f"note: {NUMBERS}", err=True)
    count = "no hazard found" if not found else "1 hazard" if len(found) == 1 else f"{len(found):,} hazards"
    click.echo(f"{text.name}: {count}", err=as_json)
    return 1 if found else 0


def _as_json(each: "Found") -> str:
    return json.dumps(
        {
            "file": each.file,
            "line": each.line,
            "column": each.column,
            "hazard": each.hazard.code,
            "about": each.about,
            "what": each.hazard.title,
            "way_out": each.hazard.way_out,
        }
    )


def _lines(found: "list[Found]") -> Iterable[str]:
    """The hazards by kind, in the order in which each first stands in the script."""
    for hazard in dict.fromkeys(each.hazard for each in found):
        places = [each for each in found if each.hazard is hazard]
        yield f"{hazard.code}: {hazard.title}"
        yield f"  way out: {hazard.way_out}"
        yield from (f"  {each.file}:{each.line}:{each.column} {each.about}" for each in places[:_SHOWN])
        if len(places) > _SHOWN:
            yield f"  and {len(places) - _SHOWN:,} more places, which --json lists"
        yield ""
