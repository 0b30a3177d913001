"""Codes: what every registered encoder makes of an image, written into the graph once."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from obia.schema.errors import Code, Rejected
from obia.schema.protocols import Encoder
from obia.schema.values import Finding, Level
from obia.server.border import stops
from obia.server.clock import now
from obia.server.graph.statements import cypher
from obia.server.intake.findings import finding_rows
from obia.server.intake.suspects import Suspects
from obia.server.retrieval.frames import frames_of, stored
from obia.server.store.files import Store

if TYPE_CHECKING:
    import numpy as np

    from obia.server.archive import OpenArchive

log = logging.getLogger(__name__)
T = TypeVar("T")

_TRIES = 2
_MARKER = "encoding"  # of images that are encoded apart from their batch
_AT_ONCE = 16  # images encoded before the event loop is asked again
_PAGE = 200  # images encoded and written at once by `encode_missing`


async def encode(archive: "OpenArchive", batch: str) -> int:
    """Encode the images that a batch brought; return how many codes were written."""
    if not archive.plugins.registered.encoders:
        return 0
    [[uids]] = await archive.graph.read(cypher("images_of_batch"), {"batch": batch})
    return await encode_batch(archive, uids, batch)


async def encode_missing(archive: "OpenArchive") -> int:
    """Encode every image that lacks a code of a registered encoder; return how many codes were written."""
    written = 0
    for encoder in archive.plugins.registered.encoders.values():
        uids = [""]
        while uids:
            parameters = {"after": uids[-1], "encoder": encoder.identity.key, "limit": _PAGE}
            [[uids]] = await archive.graph.read(cypher("images_without_code"), parameters)
            written += await encode_batch(archive, uids)
    return written


async def encode_batch(archive: "OpenArchive", uids: Sequence[str], marker: str = _MARKER) -> int:
    """Encode these images where they lack a code; return how many codes were written.

    An image that cannot be encoded twice running gets a finding, and so does one over which two processes ended, as the
    `marker` says. Done twice it changes nothing.
    """
    encoders = {each.identity.key: each for each in archive.plugins.registered.encoders.values()}
    if not (uids and encoders):
        return 0
    lacking = await archive.graph.read(cypher("uncoded_images"), {"uids": list(uids), "encoders": list(encoders)})
    suspects = Suspects.of(archive.settings.home, marker, archive.settings.file_seconds)
    work = partial(encoded, archive.store, encoders, suspects)
    some = [lacking[at : at + _AT_ONCE] for at in range(0, len(lacking), _AT_ONCE)]
    made = [each for rows in some for each in await asyncio.to_thread(work, rows)]
    rows = [each for each in made if not isinstance(each, Finding)]
    findings = finding_rows(each for each in made if isinstance(each, Finding))
    if rows:
        await archive.graph.write(lambda tx: tx.run(cypher("write_codes"), {"rows": rows}))
    if findings:
        await archive.graph.write(lambda tx: tx.run(cypher("write_findings"), {"rows": findings, "now": now()}))
    return len(rows)


def encoded(
    store: Store, encoders: Mapping[str, Encoder], suspects: Suspects, rows: Iterable[Sequence[Any]]
) -> list[dict[str, Any] | Finding]:
    """One row for each code the images lack, or a finding in its place; one image at a time is read, and let go.

    A row is an image's UID, file and intake id, and which encoders' codes it has.
    """
    made: list[dict[str, Any] | Finding] = []
    for uid, file, intake_id, present in rows:
        lacking = [encoder for key, encoder in encoders.items() if key not in present]
        made += _encoded(store, lacking, suspects, uid, file, intake_id)
    return made


def _encoded(
    store: Store, encoders: Sequence[Encoder], suspects: Suspects, uid: str, file: str, intake_id: str
) -> list[dict[str, Any] | Finding]:
    try:
        with suspects.under_work(intake_id):
            frames = _frames(store, uid, file)
            return [_code(encoder, uid, frames) for encoder in encoders]
    except Rejected:
        log.warning("image %s ended two processes that encoded it, and is left without a code", uid)
        return [_failure(encoder, uid) for encoder in encoders]


def _frames(store: Store, uid: str, file: str) -> "np.ndarray | None":
    image = _tried(lambda: stored(store, file), uid, "reading")
    return None if image is None else _tried(lambda: frames_of(image), uid, "decoding")


def _code(encoder: Encoder, uid: str, frames: "np.ndarray | None") -> dict[str, Any] | Finding:
    identity = encoder.identity
    bits = None if frames is None else _tried(lambda: encoder.encode(frames), uid, encoder.name)
    if bits is None or len(bits) * 8 != identity.bits:
        return _failure(encoder, uid)
    row = {"uid": uid, "key": f"{identity.key}/{uid}", "encoder": identity.key, "bits": bits}
    return {**row, "name": identity.name, "length": identity.bits}


def _failure(encoder: Encoder, uid: str) -> Finding:
    return Finding(Code.ENCODER_FAILED, Level.WARNING, uid, encoder.name)


def _tried(work: Callable[[], T], uid: str, name: str) -> T | None:
    """What foreign code returns at the second try at the latest, or None."""
    for attempt in range(1, _TRIES + 1):
        try:
            return work()
        except BaseException as error:
            if stops(error):
                raise
            log.warning("%s failed on image %s, try %d: %s", name, uid, attempt, type(error).__name__)
    return None
