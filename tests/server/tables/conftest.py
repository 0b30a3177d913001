"""An archive with two collections, and a few individuals as the intake writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.values import Patient
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection
from obia.server.graph.dump import dump
from obia.server.graph.statements import cypher

Write = Callable[[str], Path]


@dataclass(frozen=True, slots=True)
class Hospital:
    """An open archive, and what a test may ask of it."""

    archive: OpenArchive

    async def admit(self, number: int, collection: str, patient: Patient) -> str:
        """Write an individual; return its accession."""
        keys, accession = self.archive.keys, f"I{number:06}"
        digest = keys.patient(patient)
        pseudonym = keys.pseudonym(collection, digest)
        row = {
            "key": f"{collection}/{pseudonym}",
            "accession": accession,
            "collection": collection,
            "patient": digest,
            "keyId": keys.key_id,
            "issuer": None,
            "pseudonym": pseudonym,
            "sex": None,
            "species": "Homo sapiens",
        }
        await self.archive.graph.write(lambda tx: tx.run(cypher("merge_individuals"), {"rows": [row]}))
        return accession

    async def ask(self, text: str, **parameters: Any) -> Any:
        """One value of the graph."""
        [[value]] = await self.archive.graph.read(text, parameters)
        return value

    async def dump(self) -> list[str]:
        """The whole graph, the generation aside."""
        return [line async for line in dump(self.archive.graph) if '"label": "Meta"' not in line]


@pytest.fixture
async def hospital(archive: OpenArchive) -> Hospital:
    """OBIA0001 with I000001 (PID-0815) and I000002 (PID-0816, issuer H), OBIA0002 with I000003 (PID-0815)."""
    hospital = Hospital(archive)
    for title, project in (("One", "PRJCA000001"), ("Two", None)):
        await create_collection(archive, ADMINISTRATOR, NewCollection(title, bioproject=project))
    await hospital.admit(1, "OBIA0001", Patient("PID-0815"))
    await hospital.admit(2, "OBIA0001", Patient("PID-0816", "H"))
    await hospital.admit(3, "OBIA0002", Patient("PID-0815"))
    return hospital


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a table and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write
