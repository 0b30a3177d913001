"""Mutations: 500 mutated sample files, each with a planted identity, in one `obia ingest`."""

import json
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import redis
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from tests import make
from tests.attack.archive import Archive, outcomes
from tests.attack.mutating import KINDS, places
from tests.attack.rows import Row, listed
from tests.attack.samples import REAL
from tests.faults import planting, scanning
from tests.faults.test_planted_identities import everything

FILES = 500
_LARGEST = 100_000  # bytes of a sample that is mutated
_MEMORY = 512  # MiB that the process may hold at most, whatever it reads
_SYNTAXES = (ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGBaseline8Bit)


@dataclass(frozen=True, slots=True)
class Run:
    """How an ingest ended, and what it left to be read."""

    status: int
    printed: str
    said: str
    peak: float


def mutations(archive: Archive, folder: Path) -> Iterator[Row]:
    """Ingest the mutated files, and look for what was planted."""
    collection = archive.collection("Mutations")
    inbox = folder / planting.name()
    lay(inbox)
    run = _ingest(archive, inbox, collection)
    tried = f"{FILES} files, {len(KINDS)} kinds of mutation"
    yield Row("mutated files: exit", tried, "the process ends with 0", f"{run.status}", run.status == 0)
    ended = _ended(run)
    yield Row("mutated files: codes", tried, "every file ends with a code", f"{ended} of {FILES}", ended == FILES)
    peak = f"{run.peak:.0f} MiB at most"
    yield Row("mutated files: memory", tried, f"at most {_MEMORY} MiB", peak, run.peak <= _MEMORY)
    places_read = _places(archive, run)
    leaks = [name for name, content in places_read.items() if scanning.found(content)]
    said = listed(leaks) or f"none in {len(places_read)} places"
    yield Row("mutated files: identities", tried, "no planted value outside the vault", said, not leaks)


def lay(folder: Path) -> int:
    """Write the mutated files; return how many there are."""
    folder.mkdir(parents=True)
    samples = _samples()
    for number in range(FILES):
        chance = random.Random(number)
        whole = _planted(chance.choice(samples))
        mutation = KINDS[number % len(KINDS)]
        (folder / f"{planting.stem()}.dcm").write_bytes(mutation(whole, chance))
    return FILES


def _samples() -> list[bytes]:
    """The small sample files that are sound: pydicom reads, changes and writes them without a complaint."""
    found = []
    for path in sorted(REAL.rglob("*.dcm")):
        if path.stat().st_size <= _LARGEST and (sample := path.read_bytes()) and _is_sound(sample):
            found.append(sample)
    return found


def _is_sound(sample: bytes) -> bool:
    try:
        with warnings.catch_warnings(action="error"):
            dataset = dcmread(BytesIO(sample))
            syntax = dataset.file_meta.TransferSyntaxUID
            return syntax in _SYNTAXES and "PixelData" in dataset and bool(places(_planted(sample)))
    except Exception:  # some samples are broken on purpose
        return False


def _planted(sample: bytes) -> bytes:
    """A sample under a planted patient and UIDs of its own."""
    dataset = dcmread(BytesIO(sample))
    dataset.PatientID, dataset.PatientName = planting.stem(), f"{planting.stem()}^{planting.stem()}"
    dataset.AccessionNumber, dataset.ReferringPhysicianName = planting.stem(), planting.stem()
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, make.uid(dataset.PatientID, keyword))
    written = BytesIO()
    dataset.save_as(written)
    return written.getvalue()


def _ingest(archive: Archive, inbox: Path, collection: str) -> Run:
    """Run `obia ingest` at the most talkative log level; its output lies in files, since it may be long."""
    command = [sys.executable, "-m", "obia", "ingest", str(inbox), "--collection", collection, "--json"]
    out, err = inbox.parent / "out", inbox.parent / "err"
    environment = archive.environment(OBIA_LOG_LEVEL="DEBUG", OBIA_TRACE="true")
    with out.open("wb") as printed, err.open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=printed, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    texts = [path.read_text("utf-8", errors="surrogateescape") for path in (out, err)]
    return Run(process.returncode, texts[0], texts[1], usage.ru_maxrss / 1024)


def _ended(run: Run) -> int:
    """How many files the report accounts for; none without a report."""
    try:
        return outcomes(json.loads(run.printed))
    except ValueError:
        return 0


def _places(archive: Archive, run: Run) -> dict[str, bytes]:
    """What lies outside the vault, by the name of the place."""
    settings = archive.settings
    assert settings.redis_url
    with redis.Redis.from_url(settings.redis_url.reveal()) as queue:
        queued = b"\n".join(everything(queue))
    return {
        "standard output": run.printed.encode("utf-8", "surrogateescape"),
        "standard error": run.said.encode("utf-8", "surrogateescape"),
        "logs": scanning.files(archive.home / "logs"),
        "graph dump": archive.need("graph", "dump").encode(),
        "queue": queued,
        "audit log": (archive.home / "audit.jsonl").read_bytes(),
    }
