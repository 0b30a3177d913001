"""`obia deid explain`: what a script makes of each element, in words."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from obia.plugins.deid_ctp.command.plan import Mode, mode_option, parse_script, read_script, script_argument


@click.command(short_help="Say in words what a script makes of each element.")
@script_argument
@mode_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(script: Path | None, mode: Mode, as_json: bool) -> int:
    """Explain SCRIPT, or OBIA's base script: what each element will become, by tag, and what holds for all others."""
    from obia.plugins.deid_ctp.command.explaining import explain, globals_of

    parsed = parse_script(read_script(script))
    rows, rest = explain(parsed, mode), list(globals_of(parsed, mode))
    if as_json:
        parameters = dict(parsed.parameters)
        said = {"mode": mode, "parameters": parameters, "elements": [asdict(row) for row in rows], "globals": rest}
        click.echo(json.dumps(said, indent=1, ensure_ascii=False))
        return 0
    for name, value in parsed.parameters.items():
        click.echo(f"parameter {name} = {value}")
    for row in rows:
        put = " (put in where it is missing)" if row.is_inserted else ""
        click.echo(f"{row.tag} {row.name or '?'} {row.vr}".rstrip() + f": {row.becomes}{put}")
    for line in rest:
        click.echo(line)
    return 0
