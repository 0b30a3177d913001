"""`obia work`: work on what the queue holds."""

import click

from obia.server.cli.running import on_archive, reading_originals
from obia.server.log import show_events
from obia.server.settings import Settings


@click.command(short_help="Work on what the queue holds.")
@click.option("--until-idle", is_flag=True, help="Stop when nothing is left to do.")
@click.pass_obj
def command(settings: Settings, until_idle: bool) -> None:
    """Work on what the queue and the graph hold, until stopped. Any number of workers may run, on any host."""
    settings.demand_inbox()
    show_events(settings)
    from obia.server.decoders import postpone
    from obia.server.work.memory import collect_seldom, share_one_heap

    postpone()
    share_one_heap()
    from obia.server.work.worker import work

    collect_seldom()
    click.echo("working; stop with Ctrl-C", err=True)
    with reading_originals():
        done = on_archive(settings, lambda archive: work(archive, until_idle=until_idle))
    click.echo(f"{done} batches done" if done != 1 else "1 batch done", err=True)
