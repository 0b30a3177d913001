"""Links that linkers propose."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from obia import Kind, Link, Receipt
from obia.server.tables.proposals import link
from tests.server.tables.conftest import Hospital

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

RECEIPT = Receipt("0" * 32, "OBIA0001", "I000001", "S000001", "2.25.1", "2.25.2", Kind("", "CT", "", "", "OBIA0001"))
LINK = Link("I000001", "GdcCase", "TCGA-02-0001", "trial protocol", "same ID", 0.9, "gdc", "2024-05-31T00:00:00.000Z")
FOUND = "RETURN COLLECT { MATCH (i:Individual)-[r:SAME_AS]->(n) RETURN [i.accession, labels(n), n.accession, r.evidence, r.state] }"


class Gdc:
    """A third party's linker that knows one case, and raises as often as it is told."""

    name = "gdc"

    def __init__(self, proposal: Link = LINK, failures: int = 0) -> None:
        self.proposal, self.failures = proposal, failures

    def label(self, accession: str) -> str | None:
        return "GdcCase" if accession.startswith("TCGA-") else None

    def link(self, receipt: Receipt) -> Iterable[Link]:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("gdc")
        yield self.proposal


async def test_a_proposal_is_written_once(hospital: Hospital) -> None:
    hospital.archive.plugins.registered.linkers["gdc"] = Gdc(failures=1)

    for _ in range(2):
        assert await link(hospital.archive, [RECEIPT]) == 1

    assert await hospital.ask(FOUND) == [["I000001", ["GdcCase"], "TCGA-02-0001", "trial protocol", "ACCEPTED"]]


async def test_built_in_linkers_propose_nothing(hospital: Hospital) -> None:
    before = await hospital.dump()

    assert await link(hospital.archive, [RECEIPT]) == 0
    assert await hospital.dump() == before


@pytest.mark.parametrize(
    "linker",
    [
        pytest.param(Gdc(failures=2), id="raises"),
        pytest.param(Gdc(replace(LINK, accession="I000002")), id="of another individual"),
        pytest.param(Gdc(replace(LINK, target="CASE-1")), id="no accession"),
        pytest.param(Gdc(replace(LINK, label="Run")), id="of another kind"),
        pytest.param(Gdc(replace(LINK, confidence=1.5)), id="too sure"),
        pytest.param(Gdc(replace(LINK, asserted_at="yesterday")), id="no date"),
        pytest.param(Gdc(replace(LINK, evidence="")), id="no evidence"),
        pytest.param(Gdc(replace(LINK, status="MAYBE")), id="no status"),
    ],
)
async def test_a_linker_that_fails_becomes_a_finding(hospital: Hospital, linker: Gdc) -> None:
    hospital.archive.plugins.registered.linkers["gdc"] = linker

    assert await link(hospital.archive, [RECEIPT]) == 0
    assert await hospital.ask(FOUND) == []
    assert await hospital.ask("MATCH (f:Finding) RETURN [f.check, f.code, f.about]") == [
        "gdc",
        "LINKER_FAILED",
        "2.25.2",
    ]
