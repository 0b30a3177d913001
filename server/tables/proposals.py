"""Links that linkers propose for what was just accepted: checked like a table's, written once."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from obia.schema.errors import Code
from obia.schema.graph import LinkStatus
from obia.schema.protocols import Linker
from obia.schema.values import Finding, Level, Link, Receipt
from obia.server.graph.statements import cypher
from obia.server.intake.findings import record

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

log = logging.getLogger(__name__)

_TRIES = 2
_LABELS = ("GsaIndividual", "GdcCase", "BioProject")


@dataclass(slots=True)
class _Proposed:
    """Links by the label of their target, and findings for linkers that failed."""

    links: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {label: [] for label in _LABELS})
    findings: list[Finding] = field(default_factory=list)


async def link(archive: "OpenArchive", receipts: Sequence[Receipt]) -> int:
    """Ask every linker about every receipt and write what it proposes; return how many links were proposed.

    A linker that fails twice running, or proposes what it should not, becomes a finding. Done twice it changes nothing.
    """
    proposed = await asyncio.to_thread(_ask, archive.plugins.registered.linkers.values(), receipts)
    await record(archive.graph, proposed.findings)
    count = sum(map(len, proposed.links.values()))
    if count:
        await archive.graph.write(lambda tx: tx.run(cypher("write_proposals"), proposed.links))
    return count


def _ask(linkers: Iterable[Linker], receipts: Sequence[Receipt]) -> _Proposed:
    proposed = _Proposed()
    for linker in linkers:
        for receipt in receipts:
            links = _tried(linker, receipt)
            if links is None or not all(_is_sound(linker, receipt, each) for each in links):
                proposed.findings.append(Finding(Code.LINKER_FAILED, Level.WARNING, receipt.uid, linker.name))
                continue
            for each in links:
                proposed.links[each.label].append(_row(each))
    return proposed


def _tried(linker: Linker, receipt: Receipt) -> list[Link] | None:
    for attempt in range(1, _TRIES + 1):
        try:
            return list(linker.link(receipt))
        except Exception as error:
            log.warning("linker %s failed on %s, try %d: %s", linker.name, receipt.uid, attempt, type(error).__name__)
    return None


def _is_sound(linker: Linker, receipt: Receipt, proposed: object) -> bool:
    """Whether a proposal is a link from the receipt's own individual or collection to a well-formed accession."""
    if not isinstance(proposed, Link) or proposed.label not in _LABELS:
        return False
    ours = receipt.collection if proposed.label == "BioProject" else receipt.individual
    try:
        datetime.fromisoformat(proposed.asserted_at)
        is_known = linker.label(proposed.target) == proposed.label
    except Exception:
        return False
    said = (proposed.evidence, proposed.method, proposed.asserted_by)
    return (
        is_known
        and proposed.accession == ours
        and all(said)
        and 0 <= proposed.confidence <= 1
        and (proposed.status in set(LinkStatus))
    )


def _row(proposed: Link) -> dict[str, Any]:
    properties = {
        "evidence": proposed.evidence,
        "method": proposed.method,
        "confidence": float(proposed.confidence),
        "assertedBy": proposed.asserted_by,
        "assertedAt": proposed.asserted_at,
        "status": proposed.status,
    }
    return {"accession": proposed.accession, "target": proposed.target, "properties": properties}
