"""`obia collection`: add, list, edit, reprocess, release and remove collections."""

from collections.abc import Sequence

import click

from obia.schema.access import ADMINISTRATOR
from obia.schema.accessions import looks_like
from obia.schema.errors import BadInput, Code
from obia.schema.graph import Access
from obia.server.archive import OpenArchive
from obia.server.cli.running import on_archive, print_json, print_table
from obia.server.collections import (
    Edit,
    NewCollection,
    Released,
    counted,
    create_collection,
    edit_collection,
    release_collection,
    remove_collection,
)
from obia.server.graph.statements import cypher
from obia.server.settings import Settings


@click.group(short_help="Add, list, edit, reprocess, release and remove collections.")
def command() -> None:
    """Add, list, edit, reprocess, release and remove collections."""


@command.command()
@click.option("--title", required=True, help="What it is called.")
@click.option("--bioproject", metavar="PRJCA000000", help="Its BioProject; without one it cannot be released.")
@click.option("--description", help="What it holds and how it came about.")
@click.option("--licence", help="The licence of its images, for instance CC-BY-4.0.")
@click.option(
    "--access",
    type=click.Choice(["open", "controlled"]),
    default="open",
    show_default=True,
    help="Who may see clinical data and files once released.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def add(
    settings: Settings,
    title: str,
    bioproject: str | None,
    description: str | None,
    licence: str | None,
    access: str,
    as_json: bool,
) -> None:
    """Add a collection and print its accession."""
    wanted = NewCollection(title, description, licence, Access(access.upper()), bioproject)
    accession = on_archive(settings, lambda archive: create_collection(archive, ADMINISTRATOR, wanted))
    if as_json:
        print_json({"accession": accession})
    else:
        click.echo(accession)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List every collection with its state and counts."""

    async def work(archive: OpenArchive) -> list[list[object]]:
        return await archive.graph.read(cypher("list_collections"))

    rows = on_archive(settings, work)
    names = ("accession", "title", "state", "access", "bioProject", "individuals", "studies", "series", "images")
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        print_table([names, *(tuple("" if cell is None else str(cell) for cell in row) for row in rows)])
    else:
        click.echo("no collections; `obia collection add --title T --bioproject PRJCA000000` makes one")


@command.command()
@click.argument("accession")
@click.option(
    "--reviewed",
    metavar="US,SC",
    help="Classes of images whose previews you have looked at; images of a class not named here are held back.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def release(settings: Settings, accession: str, reviewed: str | None, as_json: bool) -> None:
    """Make public what a collection holds now. What is accepted later waits for the next release.

    Images that say that identity is in their pixels, and kinds that commonly carry text, are held back until their
    class was reviewed. This goes into the audit log.
    """
    if not accession.isascii():
        raise BadInput(looks_like("Collection"), Code.BAD_ACCESSION)
    words = [each.strip() for each in reviewed.split(",")] if reviewed is not None else []
    released = on_archive(settings, lambda archive: release_collection(archive, ADMINISTRATOR, accession, words))
    if as_json:
        counts = {name: getattr(released, name) for name in ("images", "annotations", "clinical", "links", "records")}
        print_json({"accession": accession, **counts, "heldBack": dict(released.held_back)})
        return
    if released.is_new:
        click.echo(f"{accession} is released; {_newly(released)}")
    elif released.held_back:
        click.echo(f"{accession} was released already with all but what is held back; nothing was added")
    else:
        click.echo(f"{accession} was released already with all it holds; nothing was added")
    if released.held_back:
        by_reason = ", ".join(f"{reason} {count}" for reason, count in released.held_back.items())
        click.echo(
            f"held back: {_held(released)} ({by_reason}); look at the previews, "
            f"then `obia collection release {accession} --reviewed {','.join(_reasons(released, words))}`"
        )


def _held(released: Released) -> str:
    named = ((released.held_images, "image"), (released.held_annotations, "annotation"))
    return ", ".join(counted(count, noun) for count, noun in named if count)


def _reasons(released: Released, reviewed: Sequence[str]) -> list[str]:
    """The words by which what is held back would be released, those included that were given already."""
    return sorted({*released.held_back, *reviewed})


def _newly(released: Released) -> str:
    if not released.held:
        return "it holds nothing yet, and what it is given later waits for the next release"
    more = (
        (released.annotations, "annotation"),
        (released.clinical, "clinical row"),
        (released.links, "link"),
        (released.records, "linked record"),
    )
    named = [counted(count, noun) for count, noun in more if count]
    verb = "is" if released.images == 1 and not named else "are"
    return f"{', '.join([counted(released.images, 'image'), *named])} {verb} newly public"


@command.command()
@click.argument("accession")
@click.option("--title", help="What it is called from now on.")
@click.option("--description", help="What it holds and how it came about.")
@click.option("--licence", help="The licence of its images; once released, it stays.")
@click.pass_obj
def edit(settings: Settings, accession: str, title: str | None, description: str | None, licence: str | None) -> None:
    """Change what a collection says of itself. This goes into the audit log."""
    wanted = Edit(title, description, licence)
    on_archive(settings, lambda archive: edit_collection(archive, ADMINISTRATOR, accession, wanted))
    click.echo(f"{accession} is edited")


@command.command()
@click.argument("accession")
@click.argument("path", type=click.Path())
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out files and folders of this name; may be given often."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def reprocess(settings: Settings, accession: str, path: str, exclude: tuple[str, ...], as_json: bool) -> None:
    """De-identify a collection's originals anew, from the folder PATH, under today's script, plugins and settings.

    Each unreleased image whose original lies there is replaced by its new clean form; released images stay. Files that
    the collection does not hold are taken in as `obia ingest` does.
    """
    from obia.server.cli.ingest import take_in

    take_in(settings, path, accession, exclude, as_json=as_json, is_forced=True)


@command.command()
@click.argument("accession")
@click.pass_obj
def remove(settings: Settings, accession: str) -> None:
    """Remove a collection that was never released and holds nothing. Its accession is not given again."""
    on_archive(settings, lambda archive: remove_collection(archive, ADMINISTRATOR, accession))
    click.echo(f"{accession} is removed")
