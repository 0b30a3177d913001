"""`obia ingest`: take files in."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import BadInput
from obia.server.cli.running import on_archive, print_json, print_table, reading_originals
from obia.server.settings import Settings

if TYPE_CHECKING:
    from obia.server.intake.submission import Outcomes

EXPLANATIONS = {
    "ACCEPTED": "de-identified, checked and held",
    "DUPLICATE": "the collection, or its quarantine, has it already; one is kept",
    "NOT_DICOM": "no DICOM file",
    "EMPTY_FILE": "no bytes",
    "NOT_A_FILE": "a link that leads nowhere, a pipe or a device",
    "UNREADABLE": "it cannot be read, or it is DICOM that cannot be parsed",
    "TRUNCATED": "it ends before its elements do",
    "TOO_LARGE": "it claims or unpacks to more than any real file",
    "TOO_DEEP": "sequences nested deeper than any real file",
    "BLANK_HEADER": "a header without content",
    "NO_PATIENT_ID": "no Patient ID (0010,0020): nobody to link it to",
    "NO_UIDS": "a Study, Series or SOP Instance UID is missing",
    "BAD_CHARSET": "text in an unknown character set: it cannot be cleaned",
    "NO_PIXELS": "an image class without pixels",
    "BAD_PIXELS": "its pixel data contradicts its header or cannot be decoded",
    "NO_DEIDENTIFIER": "no de-identifier takes this kind: it may hold an identity nobody can find",
    "NOT_CLEAN": "something of the patient was left after de-identification",
    "INCOMPLETE": "its de-identifier lost pixels, geometry or an attribute that every instance needs",
    "REFUSED": "a plugin refused it",
    "UNSUPPORTED": "neither an image nor an annotation",
    "CONFLICT": "another instance has its UID and other content",
    "MIX_UP": "one study or series under two patients, or a series in two studies",
    "CHECK_FAILED": "a check failed on it",
    "PLUGIN_FAILED": "a plugin failed on it",
}


@click.command(short_help="Take a folder of files in.")
@click.argument("path", type=click.Path())
@click.option("--collection", required=True, metavar="OBIA0001", help="The collection the files go into.")
@click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out files and folders of this name; may be given often."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(settings: Settings, path: str, collection: str, exclude: tuple[str, ...], as_json: bool) -> None:
    """Take every file below PATH into a collection: read, check, de-identify, store, write.

    Each file ends accepted, duplicate, or quarantined with a code that says why. Stopped at any moment, the same
    command takes up where it was. Run again it adds nothing.
    """
    take_in(settings, path, collection, exclude, as_json=as_json)


def take_in(
    settings: Settings,
    path: str,
    collection: str,
    exclude: tuple[str, ...],
    *,
    as_json: bool,
    is_forced: bool = False,
) -> None:
    """Take a folder in and print how its files ended. Raises BadInput for an empty path."""
    from obia.server.decoders import postpone

    postpone()
    from obia.server.intake.ingest import Folder, Progress, ingest
    from obia.server.work.memory import collect_seldom

    if not path:
        raise BadInput("PATH is empty; give the folder to take in, `.` for this one")
    collect_seldom()
    with reading_originals(), Bar() as bar:
        progress = Progress(bar.begin, bar.advance)
        folder = Folder(Path(path).absolute(), exclude, is_forced)  # another process, in another folder, may take it up
        report = on_archive(settings, lambda archive: ingest(archive, ADMINISTRATOR, folder, collection, progress))
    counts = report.outcomes.by_code
    if as_json:
        print_json(
            {
                "collection": collection,
                "total": report.outcomes.total,
                "accepted": report.outcomes.accepted,
                "duplicates": report.outcomes.duplicates,
                "duplicatesInQuarantine": report.outcomes.in_quarantine,
                "replaced": report.outcomes.replaced,
                "quarantined": report.outcomes.quarantined,
                "cancelled": report.outcomes.is_cancelled,
                "resumed": report.is_resumed,
                "added": report.added,
                "linksLeftOut": report.links,
            }
        )
        return
    if report.is_resumed:
        click.echo("an earlier run was cut off; this one took it up")
    print_table(
        [(code, str(count), EXPLANATIONS.get(code, "")) for code, count in counts.items()] or [("no files", "")]
    )
    for line in _duplicates(report.outcomes):
        click.echo(line)
    if report.outcomes.is_cancelled:
        click.echo("the job was cancelled before all files were done; the same command takes them in anew")
    if report.links:
        click.echo(f"{report.links} links lead out of the folder, and were left out; take in the folders they lead to")
    if not report.added:
        click.echo("nothing was added")
    elif report.outcomes.quarantined:
        click.echo("`obia quarantine list` shows what was not accepted")


def _duplicates(outcomes: "Outcomes") -> Iterator[str]:
    """Which duplicates lie in the quarantine, and how many images were replaced."""
    if outcomes.in_quarantine:
        yield f"of the duplicates, {outcomes.in_quarantine} in the quarantine already; `obia quarantine list` shows it"
    if outcomes.replaced:
        yield f"of the accepted, {outcomes.replaced} replaced an image or annotation of an equal original"


class Bar:
    """A progress bar on stderr that appears once the number of files is known."""

    def __init__(self) -> None:
        self._bar: Any = None  # click names no public type for it

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def begin(self, total: int) -> None:
        """Show a bar for so many files."""
        self.__exit__(None, None, None)
        self._bar = click.progressbar(
            length=max(total, 1), label="taking in", file=sys.stderr, show_pos=True, hidden=not sys.stderr.isatty()
        )

    def advance(self, files: int) -> None:
        """Move the bar on."""
        if self._bar is not None:
            self._bar.update(files)
