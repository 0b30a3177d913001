"""Fetching Neo4j: the locked files, and nothing else, into the user's cache; what was verified is kept."""

import hashlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import click

from obia.schema.errors import Code, ObiaError
from obia.server.services.artifacts import Artifact, Lock, read_lock
from obia.server.services.files import locked, make_private, writing
from obia.server.services.repository import Repository
from obia.server.settings import Settings

_PARALLEL = 8


def provision(settings: Settings, lock: Lock | None = None) -> Path:
    """Return the folder that holds every artifact of the lock, verified; fetch what is missing or damaged.

    Raises ObiaError DOWNLOAD_FAILED, CHECKSUM_MISMATCH, DISK_FULL or HOME_UNWRITABLE.
    """
    lock = lock or read_lock()
    folder = settings.cache / f"neo4j-{lock.digest[:16]}"
    with writing(settings.cache, "OBIA_CACHE"):
        make_private(folder)
        with locked(settings.cache / f"{folder.name}.lock"):
            for leftover in folder.glob("*.part"):
                leftover.unlink(missing_ok=True)
            missing = [each for each in lock.artifacts if not each.is_whole(folder / each.filename)]
            if missing:
                _fetch(missing, folder, _base(settings), lock.version)
    return folder


def _base(settings: Settings) -> str:
    """The repository that the settings name, else the one that the Maven client jgo knows."""
    if settings.maven_url:
        return settings.maven_url.rstrip("/")
    from jgo.maven import MavenContext

    return str(next(iter(MavenContext().remote_repos.values()))).rstrip("/")


def _fetch(missing: Sequence[Artifact], folder: Path, base: str, version: str) -> None:
    size = sum(each.size for each in missing)
    click.echo(
        f"downloading Neo4j {version}, once, into {folder}: {len(missing)} files, {size / 1e6:.0f} MB", file=sys.stderr
    )
    source = Repository(base)
    pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="fetch")
    try:
        jobs = {pool.submit(_fetch_one, each, folder, source): each for each in missing}
        with click.progressbar(length=size, label="Neo4j", file=sys.stderr) as bar:
            for job in as_completed(jobs):
                job.result()
                bar.update(jobs[job].size)
    finally:
        source.stop()
        pool.shutdown(cancel_futures=True)
        source.close()


def _fetch_one(artifact: Artifact, folder: Path, source: Repository) -> None:
    draft = folder / f"{artifact.filename}.part"
    try:
        digest = hashlib.sha256()
        with source.open(artifact) as chunks, draft.open("wb") as stream:
            for chunk in chunks:
                digest.update(chunk)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        if digest.hexdigest() != artifact.sha256:
            way_out = "try again, or set OBIA_MAVEN_URL to another repository"
            raise ObiaError(f"{artifact.filename} arrived with a wrong checksum; {way_out}", Code.CHECKSUM_MISMATCH)
        draft.rename(folder / artifact.filename)
    finally:
        draft.unlink(missing_ok=True)
