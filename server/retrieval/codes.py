"""Codes: what every registered encoder makes of an image, written into the graph once."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from obia.schema.errors import Code
from obia.schema.protocols import Encoder
from obia.schema.values import Finding, Level, Original
from obia.server.border import stops
from obia.server.clock import now
from obia.server.graph.statements import cypher
from obia.server.intake.findings import finding_rows
from obia.server.retrieval.frames import frames_of, stored

if TYPE_CHECKING:
    import numpy as np

    from obia.server.archive import OpenArchive

log = logging.getLogger(__name__)
T = TypeVar("T")

_TRIES = 2
_AT_ONCE = 16  # images encoded before the event loop is asked again
_PAGE = 200  # images encoded and written at once by `encode_missing`


async def encode(archive: "OpenArchive", batch: str) -> int:
    """Encode the images that a batch brought; return how many codes were written."""
    if not archive.plugins.registered.encoders:
        return 0
    [[uids]] = await archive.graph.read(cypher("images_of_batch"), {"batch": batch})
    return await encode_batch(archive, uids)


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


async def encode_batch(archive: "OpenArchive", uids: Sequence[str]) -> int:
    """Encode these images where they lack a code; return how many codes were written.

    An image that cannot be encoded twice running gets a finding. Done twice it changes nothing.
    """
    encoders = {each.identity.key: each for each in archive.plugins.registered.encoders.values()}
    if not (uids and encoders):
        return 0
    lacking = await archive.graph.read(cypher("uncoded_images"), {"uids": list(uids), "encoders": list(encoders)})
    some = [lacking[at : at + _AT_ONCE] for at in range(0, len(lacking), _AT_ONCE)]
    made = [each for rows in some for each in await asyncio.to_thread(_all_encoded, archive, encoders, rows)]
    rows = [each for each in made if not isinstance(each, Finding)]
    findings = finding_rows(each for each in made if isinstance(each, Finding))
    if rows:
        await archive.graph.write(lambda tx: tx.run(cypher("write_codes"), {"rows": rows}))
    if findings:
        await archive.graph.write(lambda tx: tx.run(cypher("write_findings"), {"rows": findings, "now": now()}))
    return len(rows)


def _all_encoded(
    archive: "OpenArchive", encoders: dict[str, Encoder], rows: Iterable[Sequence[Any]]
) -> list[dict[str, Any] | Finding]:
    """One row for each code the images lack, or a finding in its place; their pixels are decoded once and let go."""
    found = [
        (uid, _tried(partial(stored, archive.store, file), uid, "reading"), present) for uid, file, present in rows
    ]
    return [each for uid, image, present in found for each in _encoded(encoders, uid, image, present)]


def _encoded(
    encoders: dict[str, Encoder], uid: str, image: Original | None, present: Sequence[str]
) -> list[dict[str, Any] | Finding]:
    wanted = [encoder for key, encoder in encoders.items() if key not in present]
    frames = None if image is None else _tried(lambda: frames_of(image), uid, "decoding")
    return [each for encoder in wanted for each in _code(encoder, uid, frames)]


def _code(encoder: Encoder, uid: str, frames: "np.ndarray | None") -> Iterator[dict[str, Any] | Finding]:
    identity = encoder.identity
    bits = None if frames is None else _tried(lambda: encoder.encode(frames), uid, encoder.name)
    if bits is None or len(bits) * 8 != identity.bits:
        yield Finding(Code.ENCODER_FAILED, Level.WARNING, uid, encoder.name)
        return
    row = {"uid": uid, "key": f"{identity.key}/{uid}", "encoder": identity.key, "bits": bits}
    yield {**row, "name": identity.name, "length": identity.bits}


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
