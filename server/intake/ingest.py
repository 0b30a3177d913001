"""Taking a folder in: resume what was cut off, plan what is new, do every batch, finish."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obia.schema.access import Viewer
from obia.schema.errors import BadInput, NotFound
from obia.server.archive import OpenArchive
from obia.server.collections import require_collection
from obia.server.intake import submission
from obia.server.intake.finishing import finish
from obia.server.intake.submission import Forgotten, Outcomes
from obia.server.intake.walk import walk
from obia.server.intake.working import work_through
from obia.server.settings import Settings


@dataclass(slots=True)
class Report:
    """What a run of `obia ingest` did: how the files ended, whether it took up an earlier run, whether it added, and
    how many links it left out because they lead out of the folder."""

    outcomes: Outcomes
    is_resumed: bool = False
    added: bool = True
    links: int = 0


@dataclass(frozen=True, slots=True)
class Folder:
    """What to take in: a folder or file, and the names of files and folders to leave out, as globs."""

    root: Path
    exclude: tuple[str, ...] = ()
    is_forced: bool = False
    """Whether equal originals replace unreleased images although nothing says that their clean form is another."""

    def files(self) -> tuple[list[Path], int]:
        """Every file to offer, in an order that does not change, and how many links lead out of the folder."""
        links: list[Path] = []
        files = [path for path in walk(self.root, links) if self._is_wanted(path)]
        return files, sum(map(self._is_wanted, links))

    def _is_wanted(self, path: Path) -> bool:
        parts = path.relative_to(self.root).parts if path != self.root else ()
        return not any(fnmatch(part, pattern) for part in parts for pattern in self.exclude)


@dataclass(slots=True)
class Progress:
    """How a caller hears of progress: the number of files once, then each as it is done."""

    begin: Callable[[int], None] = lambda _: None
    advance: Callable[[int], None] = lambda _: None


async def ingest(archive: OpenArchive, viewer: Viewer, folder: Folder, collection: str, progress: Progress) -> Report:
    """Take a folder or file in. Raises NotFound, BadInput for the collection; nothing in a file makes it raise."""
    await require_collection(archive, collection)
    if not await asyncio.to_thread(folder.root.exists):
        raise NotFound("there is no such file or folder; give the path of what to take in")
    refuse_own(archive.settings, folder.root)
    await submission.sweep_manifests(archive)
    while (begun := await submission.unfinished(archive, collection, folder.root)) is not None:
        with contextlib.suppress(Forgotten):
            return await _resume(archive, viewer, folder, collection, begun, progress)
    files, links = await asyncio.to_thread(folder.files)
    report = await _take(archive, viewer, folder, collection, files, progress)
    report.links = links
    return report


def refuse_own(settings: Settings, root: Path) -> None:
    """Raise BadInput for a folder that is, holds or lies in the archive's own: it would take its own images in anew."""
    here = root.resolve()
    store = settings.store_url or ""
    own = [settings.home, *([Path(unquote(urlsplit(store).path))] if store.startswith("file:") else [])]
    for place in (each.resolve() for each in own):
        if here.is_relative_to(place) or place.is_relative_to(here):
            raise BadInput("the archive's own files lie there, and are no originals; give another folder")


async def _resume(
    archive: OpenArchive, viewer: Viewer, folder: Folder, collection: str, begun: str, progress: Progress
) -> Report:
    """Finish an earlier run; then take in what came to the folder since."""
    known = set() if folder.is_forced else submission.planned_paths(archive, begun)
    report = Report(await run(archive, begun, collection, progress), is_resumed=True)
    if report.outcomes.is_cancelled:
        return report
    files, report.links = await asyncio.to_thread(folder.files)
    new = [path for path in files if str(path) not in known]
    if new:
        later = await _take(archive, viewer, folder, collection, new, progress)
        report.outcomes = _sum(report.outcomes, later.outcomes)
    return report


async def _take(
    archive: OpenArchive, viewer: Viewer, folder: Folder, collection: str, files: Sequence[Path], progress: Progress
) -> Report:
    action = "collection.reprocess" if folder.is_forced else "ingest.plan"
    planned = await submission.plan(
        archive, viewer, collection, folder.root, files, is_kept=False, is_forced=folder.is_forced, action=action
    )
    ended = await run(archive, planned, collection, progress)
    return Report(ended, added=not await submission.forget_if_empty(archive, planned, ended))


async def run(archive: OpenArchive, planned: str, collection: str, progress: Progress) -> Outcomes:
    """Do every batch of a submission that no living worker holds, wait for the others, and finish it."""
    progress.begin((await submission.outcomes(archive, planned)).total)
    await work_through(archive, planned, collection, progress.advance)
    return await finish(archive, planned, collection)


def _sum(one: Outcomes, other: Outcomes) -> Outcomes:
    codes = {*one.quarantined, *other.quarantined}
    quarantined = {code: one.quarantined.get(code, 0) + other.quarantined.get(code, 0) for code in sorted(codes)}
    return Outcomes(
        one.total + other.total,
        one.accepted + other.accepted,
        quarantined,
        one.in_quarantine + other.in_quarantine,
        one.replaced + other.replaced,
        one.is_cancelled or other.is_cancelled,
    )
