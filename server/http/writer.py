"""The writer: what GraphQL's mutations do to the archive, for a viewer who may."""

import asyncio
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from obia.schema.access import Role, Viewer
from obia.schema.accessions import is_accession
from obia.schema.errors import BadInput, Code, Forbidden, NotFound, ObiaError
from obia.schema.graph import Access, HoldReason
from obia.schema.graphql.jobs import Job, JobOutcome
from obia.schema.graphql.releases import HeldBack, Release
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection, release_collection, require_collection
from obia.server.graph.statements import cypher
from obia.server.intake import submission
from obia.server.intake.walk import walk
from obia.server.jobs import cancel
from obia.server.settings import Secret

log = logging.getLogger(__name__)

_UNRECORDED = (Code.AUDIT_UNWRITABLE, Code.AUDIT_INCOMPLETE)  # the log takes no line now
_SUBMITTERS = (Role.SUBMITTER, Role.CURATOR, Role.ADMINISTRATOR)


class ArchiveWriter:
    """Changes an open archive."""

    def __init__(self, archive: OpenArchive) -> None:
        self._archive = archive

    async def create_collection(
        self,
        viewer: Viewer,
        *,
        title: str,
        description: str | None,
        licence: str | None,
        access: Access,
        bio_project: str | None,
    ) -> str:
        """Make a collection and return its accession."""
        wanted = NewCollection(title, description, licence, access, bio_project)
        with self._refusals(viewer, "collection.create"):
            return await create_collection(self._archive, viewer, wanted)

    async def release_collection(self, viewer: Viewer, accession: str, reviewed: Sequence[str]) -> Release:
        """Make public what a collection holds now, and return what that newly shows and what is held back."""
        with self._refusals(viewer, "collection.release", accession):
            released = await release_collection(self._archive, viewer, accession, reviewed)
        held = [HeldBack(reason=HoldReason(word), count=count) for word, count in released.held_back.items()]
        return Release(released.images, held)

    async def start_ingest(self, viewer: Viewer, collection: str, folder: str) -> str:
        """Plan the intake of a folder below the inbox, ask the workers for it, and return the job's id."""
        with self._refusals(viewer, "ingest.plan", collection):
            job = await self._plan(viewer, collection, folder)
        await self._send(job)
        return job

    async def cancel_ingest(self, viewer: Viewer, id: str) -> None:
        """Cancel a job that the viewer started, or any as a curator. Raises NotFound, BadInput."""
        with self._refusals(viewer, "ingest.cancel"):
            if viewer.role not in _SUBMITTERS:
                raise Forbidden("only submitters, curators and administrators cancel an intake")
            if await self.job(viewer, id) is None:
                raise NotFound(f"there is no job {id[:40]} of yours")
            await cancel(self._archive, viewer, id)

    async def job(self, viewer: Viewer, id: str) -> Job | None:
        """How far a job has come; None for a viewer who neither started it nor is a curator."""
        rows = await self._archive.graph.read(cypher("job"), {"id": id})
        if not rows or not (viewer.is_curator or (viewer.id and rows[0][5] == viewer.id)):
            return None
        collection, state, total, created, finished, _owner, done = rows[0]
        ended = await submission.outcomes(self._archive, id)
        by_code = ended.by_code
        waiting = ended.total - done
        by_code[Code.DUPLICATE] = by_code.get(Code.DUPLICATE, 0) - waiting
        outcomes = [JobOutcome(code=code, files=files) for code, files in by_code.items() if files > 0]
        return Job(
            id=id,  # type: ignore[arg-type]
            collection=collection,
            state=state,
            total=total,
            outcomes=outcomes,
            created_at=created,
            finished_at=finished,
        )

    async def _plan(self, viewer: Viewer, collection: str, folder: str) -> str:
        if viewer.role not in _SUBMITTERS:
            raise Forbidden("only submitters, curators and administrators take files in")
        if not viewer.is_curator and collection not in viewer.scope.own:
            raise NotFound(f"there is no collection {collection[:40]} of yours")
        await require_collection(self._archive, collection)
        root = below_inbox(self._archive.settings.inbox, folder)
        files = await asyncio.to_thread(lambda: list(walk(root)))
        return await submission.plan(self._archive, viewer, collection, root, files, is_kept=True)

    @contextmanager
    def _refusals(self, viewer: Viewer, action: str, accession: str = "") -> Iterator[None]:
        """Put on record what a holder of a token tried and was refused; anybody could fill the disk otherwise."""
        try:
            yield
        except ObiaError as error:
            if viewer.role is not Role.ANONYMOUS and not error.is_recorded and error.code not in _UNRECORDED:
                subject = accession if is_accession("Collection", accession) else ""
                self._archive.audit.record(viewer, action, subject, error.code.value)
            raise

    async def _send(self, job: str) -> None:
        """Ask the queue for every batch; a queue that is away does no harm, since workers look at the graph too."""
        from obia.server.intake.batch import open_batches

        batches = [each.id for each in await open_batches(self._archive, job)]
        await asyncio.to_thread(_send, self._archive.redis_url, batches)


def _send(redis_url: Secret, batches: Sequence[str]) -> None:
    from redis.exceptions import RedisError

    from obia.server.work.broker import TAKE_IN, Sender, make_broker

    broker = make_broker(redis_url)
    try:
        for batch in batches:
            Sender(broker).send(TAKE_IN, batch)
    except RedisError as error:
        log.warning("the queue did not take a message: %s", type(error).__name__)
    finally:
        broker.client.close()


def below_inbox(inbox: Path | None, folder: str) -> Path:
    """The folder of this relative name below the inbox. Raises BadInput for a path, `..`, a link, or what is not there."""
    if inbox is None:
        raise ObiaError("this archive takes no folders by name; its operator sets OBIA_INBOX", Code.UNSUPPORTED)
    parts = folder.split("/")
    if not folder or "\0" in folder or "\\" in folder or any(part in ("", ".", "..") for part in parts):
        raise BadInput("folder is a relative name below the inbox, without `..` and links")
    path = inbox
    for part in parts:
        path = path / part
        if not _is_folder(path):
            raise BadInput("there is no such folder below the inbox; links are not followed")
    if not os.access(path, os.R_OK):
        raise BadInput("the folder cannot be read by the archive")
    return path


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError):  # ValueError: a name that no file system can have
        return False
