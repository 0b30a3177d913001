"""Load: fifty keep-alive clients for a minute, with an ingest and a worker beside them."""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.processes import Memory
from tests.attack.archive import Archive
from tests.attack.client import CALM, OTHER, THIRD, Client
from tests.attack.rows import Row, percentile
from tests.attack.samples import REAL, lay

CLIENTS = 50
SECONDS = 60.0
_IDLE_SECONDS = 20.0
_RATIO = 5.0  # a curator's p99 under load, in idle ones
_GROWTH = 0.10  # of resident memory from the first half to the second
_THINKING = (0.5, 1.5)  # s between two requests of a client: each asks about once a second
_MEASURING = (0.05, 0.15)  # s between two requests of the curator who is measured
_SERIES = "series(first: 5) { totalCount nodes { uid modality images(first: 5) { nodes { uid rows columns } } } }"
_QUESTIONS = (
    "{ __typename }",
    "{ collections(first: 10) { totalCount nodes { accession title imageCount } } }",
    "{ images(first: 50) { nodes { uid number rows columns } } }",
    f"{{ studies(first: 5) {{ totalCount nodes {{ accession modalities {_SERIES} }} }} }}",
    '{ series(filter: {modality: {eq: "CT"}}) { totalCount nodes { uid bodyPart study { accession } } } }',
)


@dataclass(slots=True)
class Tally:
    """What one client met: seconds of each answer, and how many requests failed."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0


def load(archive: Archive, folder: Path) -> Iterator[Row]:
    """Measure a curator alone, then among the others."""
    collection = archive.collection("Load")
    archive.ingest(REAL, collection)
    archive.need("collection", "release", collection)
    tokens = {role: archive.token(f"load-{role}", role) for role in ("researcher", "curator")}
    with archive.serving() as server:
        curator = Client(server.port, tokens["curator"])
        with asking([curator], _MEASURING) as idle:
            time.sleep(_IDLE_SECONDS)
        with asking(_clients(server.port, tokens), _THINKING) as others, asking([curator], _MEASURING) as measured:
            beside, memory = _minute(archive, folder, curator, server.pid)
    yield from _rows(idle[0], measured[0], others, beside, memory)


@contextmanager
def asking(clients: Sequence[Client], pause: tuple[float, float]) -> Iterator[list[Tally]]:
    """Let clients ask, each on a connection that it keeps, for the length of the block."""
    stop, tallies = threading.Event(), [Tally() for _ in clients]
    threads = [
        threading.Thread(target=_ask, args=(client, tally, pause, stop, seed))
        for seed, (client, tally) in enumerate(zip(clients, tallies, strict=True))
    ]
    for each in threads:
        each.start()
    try:
        yield tallies
    finally:
        stop.set()
        for each in threads:
            each.join()


def _ask(client: Client, tally: Tally, pause: tuple[float, float], stop: threading.Event, seed: int) -> None:
    chance = random.Random(seed)
    connection = HTTPConnection("127.0.0.1", client.port, 60, source_address=(client.address, 0))
    while not stop.wait(chance.uniform(*pause)):
        begun = time.perf_counter()
        try:
            body = json.dumps({"query": chance.choice(_QUESTIONS)})
            connection.request("POST", "/graphql", body, client.headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
            tally.errors += response.status != 200 or "errors" in answer
        except (OSError, HTTPException, ValueError):
            tally.errors += 1
            connection.close()
        tally.seconds.append(time.perf_counter() - begun)
    connection.close()


def _clients(port: int, tokens: dict[str, str]) -> list[Client]:
    """Anonymous ones, researchers and curators, from three addresses."""
    known = [tokens["researcher"]] * 3 + [tokens["curator"]] + [""] * 6
    addresses = (CALM, OTHER, THIRD)
    return [Client(port, known[number % len(known)], addresses[number % 3]) for number in range(CLIENTS)]


def _minute(archive: Archive, folder: Path, curator: Client, pid: int) -> tuple[list[int], list[float]]:
    """Ingest again and again until the minute is over; the exit statuses, and the API's memory each second."""
    lay(archive.inbox / "beside", "BESIDE", images=40)
    stop, statuses, memory = threading.Event(), list[int](), list[float]()
    collection = archive.collection("Beside")
    with archive.started("work"):
        start = 'mutation($c: String!) { startIngest(input: {collection: $c, folder: "beside"}) { id } }'
        statuses.append(0 if curator.ask(start, {"c": collection}).data else 1)
        ingest = threading.Thread(target=_ingest, args=(archive, folder, collection, stop, statuses))
        ingest.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(1)
            memory.append(Memory.of(pid).now)
        stop.set()
        ingest.join()
    return statuses, memory


def _ingest(archive: Archive, folder: Path, collection: str, stop: threading.Event, statuses: list[int]) -> None:
    number = 0
    while not stop.is_set():
        laid = lay(folder / f"batch{number}", f"BATCH{number}", images=60)
        statuses.append(archive.run("ingest", str(laid), "--collection", collection).returncode)
        number += 1


def _rows(
    idle: Tally, measured: Tally, others: Sequence[Tally], beside: Sequence[int], memory: Sequence[float]
) -> Iterator[Row]:
    asked = sum(len(each.seconds) for each in others) + len(measured.seconds)
    errors = sum(each.errors for each in others) + measured.errors + idle.errors
    tried = f"{CLIENTS} clients for {SECONDS:.0f} s, each about once a second"
    yield Row("load: errors", tried, "none", f"{errors} of {asked} requests", asked > 0 and not errors)
    failed = sum(status != 0 for status in beside)
    ran = f"{len(beside)} ingests and jobs beside it"
    yield Row("load: ingest", ran, "each ends with 0", f"{failed} failed", len(beside) > 1 and not failed)
    before, under = percentile(idle.seconds, 0.99), percentile(measured.seconds, 0.99)
    said = f"{under / before:.1f} times ({before * 1000:.0f} ms idle, {under * 1000:.0f} ms)"
    yield Row("load: curator's p99", tried, f"at most {_RATIO:.0f} times the idle one", said, under <= _RATIO * before)
    growth = grown(memory)
    said = f"{growth:+.0%}, at most {max(memory):.0f} MB"
    expected = f"second half at most {_GROWTH:.0%} above the first"
    yield Row("load: memory of serve", tried, expected, said, growth <= _GROWTH)


def grown(samples: Sequence[float]) -> float:
    """How far the highest of the second half is above the highest of the first, as a share of it."""
    half = len(samples) // 2
    return max(samples[half:]) / max(samples[:half]) - 1
