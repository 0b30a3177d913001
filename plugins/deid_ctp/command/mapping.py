"""`obia deid mapping`: read the mapping that a run has kept, with its key."""

import csv
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from obia.plugins.deid_ctp.command.plan import key_option


@click.command(short_help="Read the mapping of originals and pseudonyms that a run has kept.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, readable=False))
@key_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each file, values as they are.")
def command(file: Path, key: Path | None, as_json: bool) -> int:
    """Print FILE, which `obia deid run --mapping FILE` wrote, as CSV: what it holds are originals.

    A value that a spreadsheet would take for a formula has an apostrophe in front.
    """
    from obia.plugins.deid_ctp.command.keyfile import held_key
    from obia.plugins.deid_ctp.command.mappings import NAMED, read_mapping

    rows = read_mapping(file, held_key(key))
    if as_json:
        for each in rows:
            click.echo(json.dumps(asdict(each)))
        return 0
    table = csv.writer(sys.stdout, lineterminator="\n")
    for number, each in enumerate(rows):
        if number == 0:
            table.writerow(["path", "id", *(name for named in NAMED for name in (named, f"new {named}"))])
        values = [value for name in NAMED for value in (each.before.get(name, ""), each.after.get(name, ""))]
        table.writerow(map(_shown, [each.path, each.id, *values]))
    return 0


def _shown(text: str) -> str:
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return f"'{plain}" if plain[:1] in ("=", "+", "-", "@", "\t", "\r") else plain
