"""`obia deid where`: from the id of a file back to its path, with the key."""

import os
from pathlib import Path

import click

from obia.plugins.deid_ctp.command.plan import key_option


@click.command(short_help="Say which file of IN has an id.")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, readable=False))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@key_option
def command(source: Path, ids: tuple[str, ...], key: Path | None) -> int:
    """Print the paths of the files of IN that a run with this key has named by these ids, a line each.

    Ids are keyed digests of paths within IN, and written nowhere beside them. The exit status is 1 if one of them is no
    file's.
    """
    from obia.plugins.deid_ctp.command.inbox import Inbox
    from obia.plugins.deid_ctp.command.keyfile import held_key

    wanted = dict.fromkeys(each.strip().lower() for each in ids)
    paths = {job.id: job.path for job in Inbox.of(source).jobs(held_key(key)) if job.id in wanted}
    for each in wanted:
        if each in paths:
            click.echo(f"{each} ".encode() + os.fsencode(paths[each]))
        else:
            click.echo(f"{each} is no file's of IN: look with the key of the run, and in the IN that it had", err=True)
    return 0 if len(paths) == len(wanted) else 1
