"""`obia deid preview`: one page that shows files before and after, for those who have to say yes."""

from pathlib import Path

import click

from obia.plugins.deid_ctp.command.plan import Mode, Texts, lookup_option, mode_option, read_script

_PATH = click.Path(path_type=Path, readable=False)


@click.command(short_help="Show files before and after, as one offline page.")
@click.argument("script", type=_PATH)
@click.argument("folder", metavar="DIR", type=_PATH)
@click.option("--output", "-o", type=_PATH, help="The page; without it, deid-preview.html here.")
@lookup_option
@mode_option
@click.option("--key", "-k", type=_PATH, help="The key file; without one, the archive's if there is one.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many files are shown.")
def command(
    script: Path, folder: Path, output: Path | None, lookup: Path | None, mode: Mode, key: Path | None, limit: int
) -> int:
    """Show what SCRIPT makes of the files of DIR: one HTML file, before and after side by side, hazards in colour.

    The page holds originals. It is written for its owner alone (mode 0600), loads nothing, and belongs nowhere near OUT.
    """
    from obia.plugins.deid_ctp.command.previewing import preview

    texts = Texts.read(read_script(script), lookup)
    texts.check(mode)
    page = output or Path("deid-preview.html")
    shown, files = preview(texts, folder, page, mode, key, limit)
    click.echo(f"{page}: {shown:,} of {files:,} files. It holds originals: keep it where they are kept.")
    return 0
