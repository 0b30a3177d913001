"""`obia deid run`: de-identify a folder into another."""

from pathlib import Path

import click

from obia import BadInput
from obia.plugins.deid_ctp.command.plan import (
    Mode,
    Texts,
    lookup_option,
    mode_option,
    parse_moment,
    read_script,
    script_option,
)
from obia.plugins.deid_ctp.command.profile import read_profile

_PATH = click.Path(path_type=Path, readable=False)


@click.command(short_help="De-identify a folder into another.")
@script_option
@click.option(
    "--profile",
    metavar="OPTIONS",
    help="Instead of a script, the Basic Profile and options of `obia deid profile`, without their dashes and with commas "
    "between: basic, or retain-uids,clean-descriptors, or numeric,retain-modified-dates.",
)
@lookup_option
@click.option("--pixels", "-p", type=_PATH, help="A CTP pixel script: which regions of which images are blanked.")
@click.option("--filter", "-f", "filter_", type=_PATH, help="A CTP filter script: which files are anonymized.")
@mode_option
@click.option("--key", "-k", type=_PATH, help="The key file; without one, the archive's, which is made if need be.")
@click.option("--now", help="The time that @date() and @time() say, ISO 8601; without it, the clock's.")
@click.option("--evidence", type=_PATH, help="Where records and signatures go; without it, OUT/.evidence.")
@click.option("--quarantine", type=_PATH, help="Copy what does not go through into this folder: it holds originals.")
@click.option("--mapping", type=_PATH, help="Keep which original became which pseudonym in this file, encrypted.")
@click.option("--workers", type=click.IntRange(1), help="How many processes; without it, one for each core.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each file.")
@click.argument("source", metavar="IN", type=_PATH)
@click.argument("target", metavar="OUT", type=_PATH)
def command(
    script: Path | None,
    profile: str | None,
    lookup: Path | None,
    pixels: Path | None,
    filter_: Path | None,
    mode: Mode,
    key: Path | None,
    now: str | None,
    evidence: Path | None,
    quarantine: Path | None,
    mapping: Path | None,
    workers: int | None,
    as_json: bool,
    source: Path,
    target: Path,
) -> int:
    """De-identify the files of IN, a folder or one file, into OUT.

    A run that was stopped goes on where it was when it is started again. Names in OUT are study/series/instance UIDs of
    the output; what does not go through is listed by an id, and stays where it is. The exit status is 0 if all went
    through, and 1 if not.
    """
    from obia.plugins.deid_ctp.command.running import Places, run

    if script is not None and profile is not None:
        raise BadInput("a profile is a script: give --script or --profile, not both")
    moment = parse_moment(now)
    places = Places(source, target, evidence or target / ".evidence", quarantine, mapping)
    places.check()
    text = read_script(script) if profile is None else read_profile(profile)
    texts = Texts.read(text, lookup, pixels, filter_)
    texts.check(mode)
    return run(texts, mode, key, moment, places, workers, as_json)
