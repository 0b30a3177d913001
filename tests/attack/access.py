"""Access: what is unreleased, controlled or another's is asked for in every way, and must not show."""

from collections.abc import Iterator
from pathlib import Path

from tests.attack import controlled, forbidden, unreleased
from tests.attack.archive import BIOPROJECT, Archive
from tests.attack.client import Client
from tests.attack.rows import Probe, Row, grouped
from tests.attack.samples import lay
from tests.attack.things import Things

EXPECTED = {
    "unchanged answers": "the same answer before and after unreleased data was added",
    "lookups": "null for what is not released",
    "previews": "404 for what the viewer may not see, 200 with a grant",
    "controlled data": "no digest, size or clinical value without a grant, in filters too",
    "similarity": "the same answer whether controlled images exist or not",
    "jobs": "null for everybody but the owner",
    "mutations": "refused without the right",
    "tokens": "401 when revoked; a new token of an old name inherits nothing",
}
_COLUMNS = (
    *("patient_id", "collection", "bioproject", "gsa_study", "gsa_individual", "sample", "sample_type", "experiment"),
    *("strategy", "run", "evidence", "method", "confidence", "asserted_by", "date"),
)


def access(archive: Archive, folder: Path) -> Iterator[Row]:
    """Ask as everybody, before and after there is something to hide."""
    yield from grouped(list(_probes(archive, folder)), EXPECTED)


def _probes(archive: Archive, folder: Path) -> Iterator[Probe]:
    public = _stocked(archive, folder, archive.collection("Public"), "PUBLIC", 1)
    archive.need("collection", "release", public)
    shown = Things.of(archive, public, 1)
    names = {"alice": "submitter", "bob": "submitter", "researcher": "researcher"}
    with archive.serving() as server:
        who = {name: Client(server.port, archive.token(f"probe-{name}", role)) for name, role in names.items()}
        who["anonymous"] = Client(server.port)
        others = {name: who[name] for name in ("anonymous", "researcher", "bob")}
        before = unreleased.answers(others, shown)
        draft = _stocked(archive, folder, _own_collection(who["alice"]), "DRAFT", 2)
        hidden = Things.of(archive, draft, 2)
        yield from unreleased.unchanged(before, unreleased.answers(others, shown))
        yield from unreleased.lookups(others, hidden)
        similar = controlled.similar(others, shown)
        closed = _stocked(archive, folder, archive.collection("Controlled", "controlled"), "CLOSED", 3)
        archive.need("collection", "release", closed)
        who["granted"] = Client(server.port, archive.token("probe-granted", "researcher", closed))
        kept = Things.of(archive, closed, 3)
        yield from unreleased.lookups(others, hidden, " after a release of its BioProject")
        yield from controlled.previews(others, who["granted"], hidden, kept)
        yield from controlled.data(others, who["granted"], kept)
        yield from controlled.similarity(others, who["granted"], shown, kept, similar)
        yield from forbidden.mutations(who, hidden)
        yield from forbidden.jobs(archive, who, hidden)
        yield from forbidden.tokens(archive, who, hidden)


def _own_collection(alice: Client) -> str:
    document = "mutation($input: CreateCollectionInput!) { createCollection(input: $input) { accession } }"
    made = alice.ask(document, {"input": {"title": "Draft", "bioProject": BIOPROJECT}})
    return str(made.data["createCollection"]["accession"])


def _stocked(archive: Archive, folder: Path, collection: str, patient: str, number: int) -> str:
    """Fill a collection with real images, a link into GSA-Human and a diagnosis; return its accession."""
    archive.ingest(lay(folder / patient, patient, images=3), collection)
    link = (patient, collection, BIOPROJECT, *(f"{kind}00000{number}" for kind in ("HRA", "HRI", "HRS")), "TUMOUR")
    said = (f"HRX00000{number}", "WGS", f"HRR00000{number}", "invented", "table", "0.9", "tests", "2024-05-31")
    _import(archive, "link", folder / f"{patient}.csv", [",".join(_COLUMNS), ",".join([*link, *said])])
    clinical = [
        "patient_id,collection,kind,code,value,date",
        f"{patient},{collection},DIAGNOSIS,C54.1,secret{number},2004-01-19",
    ]
    _import(archive, "clinical", folder / f"{patient}-clinical.csv", clinical)
    return collection


def _import(archive: Archive, command: str, path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    archive.need(command, "import", str(path))
