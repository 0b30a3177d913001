"""What commands share: running a coroutine on an open archive, and printing."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from obia.schema.errors import Code, ObiaError, place_of
from obia.server.quiet import native_libraries_silenced
from obia.server.settings import Settings

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

T = TypeVar("T")


@contextmanager
def reading_originals() -> Iterator[None]:
    """Guard work that reads untrusted files: no library's text, which may quote them, reaches the terminal or a log.

    Raises ObiaError INTERNAL, with the place alone, for an exception that is none of ours.
    """
    with native_libraries_silenced():
        try:
            yield
            return
        except (ObiaError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            place = place_of(error)
    raise ObiaError(f"an unexpected error ended the run: {place}", Code.INTERNAL)


def on_archive(settings: Settings, work: Callable[["OpenArchive"], Awaitable[T]]) -> T:
    """Open the archive, do the work, close it."""

    async def main() -> T:
        from obia.server.archive import open_archive
        from obia.server.intake.crash import arm

        arm(settings.crash_at)
        async with open_archive(settings) as archive:
            return await work(archive)

    return asyncio.run(main())


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows as columns of equal width, parted by two spaces."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
