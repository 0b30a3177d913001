"""Telling: once a batch is written, checks look at its series, linkers propose, plugins hear. None can undo it.

What is told comes from the graph, so that a batch whose worker died is told of by the next: at least once.
"""

from collections.abc import Sequence
from typing import Any

from obia.schema.errors import Code
from obia.schema.protocols import SeriesCheck
from obia.schema.values import Finding, Kind, Level, Receipt, SeriesSummary
from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from obia.server.host.registry import Registry
from obia.server.intake import findings
from obia.server.intake.zone import checked
from obia.server.tables import proposals

_FIELDS = ("number", "frames", "rows", "columns", "sopClass")


async def tell(archive: OpenArchive, batch: str) -> None:
    """Let checks, linkers and plugins know what a batch brought."""
    [[accepted, quarantined]] = await archive.graph.read(cypher("batch_receipts"), {"id": batch})
    await _check_series(archive, sorted({row[4] for row in accepted}))
    await _note_same_originals(archive, batch)
    receipts = [_receipt(row) for row in accepted]
    await proposals.link(archive, receipts)
    for receipt in receipts:
        archive.plugins.after_ingest(receipt)
    for intake_id, code in quarantined:
        archive.plugins.ingest_failed(intake_id, code)


async def _note_same_originals(archive: OpenArchive, batch: str) -> None:
    """Put on record, for curators alone, which instances other collections hold of equal originals."""
    rows = await archive.graph.read(cypher("same_originals"), {"batch": batch})
    about = sorted({uid for row in rows for uid in row})
    await findings.record(archive.graph, (Finding(Code.SAME_ORIGINAL, Level.WARNING, each, "intake") for each in about))


async def _check_series(archive: OpenArchive, keys: Sequence[str]) -> None:
    registered = archive.plugins.registered
    if not any(isinstance(check, SeriesCheck) for check in registered.checks.values()):
        return
    rows = await archive.graph.read(cypher("series_instances"), {"keys": keys})
    found = [each for row in rows for each in _findings(registered, _summary(row))]
    await findings.record(archive.graph, found)


def _findings(registered: Registry, series: SeriesSummary) -> list[Finding]:
    return checked(registered, SeriesCheck, lambda each: each.check_series(series), series.uid)


def _summary(row: list[Any]) -> SeriesSummary:
    uid, modality, images = row
    return SeriesSummary(uid, modality or "", tuple(dict(zip(_FIELDS, image, strict=True)) for image in images))


def _receipt(row: list[Any]) -> Receipt:
    intake_id, collection, individual, study, _, series, uid, sop_class, modality, manufacturer, syntax = row
    kind = Kind(sop_class, modality, manufacturer, syntax, collection)
    return Receipt(intake_id, collection, individual, study, series, uid, kind)
