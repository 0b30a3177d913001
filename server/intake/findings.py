"""Findings on record: one node for each check, code and thing."""

from collections.abc import Iterable
from typing import Any

from obia.schema.values import Finding
from obia.server.clock import now
from obia.server.graph.driver import Graph
from obia.server.graph.statements import cypher


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as rows of `write_findings`."""
    return [
        {
            "key": f"{each.check}/{each.code}/{each.about}",
            "code": each.code,
            "level": each.level,
            "check": each.check,
            "about": each.about,
        }
        for each in findings
    ]


async def record(graph: Graph, findings: Iterable[Finding]) -> None:
    """Put findings on record."""
    if rows := finding_rows(findings):
        await graph.write(lambda tx: tx.run(cypher("write_findings"), {"rows": rows, "now": now()}))
