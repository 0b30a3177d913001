"""`obia deid verify`: check a folder's evidence by a public key alone, and look at its files as a stranger would."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.evidence.scanning import Finding

_PATH = click.Path(path_type=Path, readable=False)


@click.command(short_help="Check what a run gave: signatures, records, and what the files still say.")
@click.option(
    "--public-key", type=_PATH, help="The sender's public key; without one, the key that lies with the evidence."
)
@click.option(
    "--originals", type=_PATH, help="What must not be found: a list, a string a line, or a folder of originals."
)
@click.option("--evidence", type=_PATH, help="Where the evidence lies; without it, DIR/.evidence.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each finding.")
@click.argument("folder", metavar="DIR", type=_PATH)
def command(public_key: Path | None, originals: Path | None, evidence: Path | None, as_json: bool, folder: Path) -> int:
    """Check a folder, of ours or of anybody's.

    Evidence is checked with the public key alone: every signature, every record, every file against its record. Every
    file is then searched by the table of PS3.15, by patterns and, if given, for the strings of the originals, with none
    of the rules it was made by. What is found is named by file and tag, never by value. The exit status is 0 if nothing
    was found.
    """
    from obia.plugins.deid_ctp.command.verifying import verify

    verdict = verify(folder, public_key, originals, evidence)
    for finding in verdict.findings:
        click.echo(json.dumps(asdict(finding)) if as_json else _line(finding))
    for line in verdict.remarks:
        click.echo(line, err=as_json)
    return 1 if verdict.findings else 0


def _line(finding: "Finding") -> str:
    return ": ".join(each for each in (finding.file, finding.path) if each) + f" {finding.what}"
