"""Series as their checks see them, after a batch touched them."""

from collections.abc import Sequence

from obia.schema.protocols import SeriesCheck
from obia.schema.values import SeriesSummary
from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from obia.server.intake.item import Item

_FIELDS = ("number", "frames", "rows", "columns", "sopClass")


async def summaries(archive: OpenArchive, accepted: Sequence[Item]) -> list[SeriesSummary]:
    """The touched series, if any check looks at series."""
    if not any(isinstance(check, SeriesCheck) for check in archive.plugins.registered.checks.values()):
        return []
    keys = sorted({f"{item.collection}/{item.series}" for item in accepted})
    rows = await archive.graph.read(cypher("series_instances"), {"keys": keys})
    return [
        SeriesSummary(uid, modality or "", tuple(dict(zip(_FIELDS, image, strict=True)) for image in images))
        for uid, modality, images in rows
    ]
