"""Walks: filters that go back and forth between two labels, while another anonymous reader asks."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from threading import Event

from tests.attack.archive import Archive, Server
from tests.attack.client import CALM, OTHER, THIRD, Client
from tests.attack.rows import Row
from tests.attack.samples import lay

_SERIES = 60  # of one study: each way back and forth takes sixty times as many steps as the one before
_TIMES = 4  # back and forth
_ATTACKERS = 8  # half of them from each of two addresses
_READS = 20
_PAUSE = 0.1  # s between two filters of one attacker
_LIMIT = 15  # s: three quarters of what one request may take; anonymous statements have 3 s each
_WAIT = 10  # idle medians that the reader may wait
_READ = "{ collections(first: 1) { nodes { accession } } }"


def walks(archive: Archive, server: Server, folder: Path) -> Iterator[Row]:
    """Eight filters from two addresses at once, and a reader from a third."""
    collection = archive.collection("Walks")
    archive.ingest(lay(folder / "walks", "WALKS", series=_SERIES), collection)
    archive.need("collection", "release", collection)
    reader = Client(server.port, address=THIRD)
    idle = median(_read(reader)[0] for _ in range(_READS))
    attackers = [Client(server.port, address=(CALM, OTHER)[number % 2]) for number in range(_ATTACKERS)]
    over = Event()
    with ThreadPoolExecutor(_ATTACKERS) as pool:
        asked = [pool.submit(_ask_again, each, over) for each in attackers]
        reads = [_read(reader) for _ in range(_READS)]
        over.set()
    answers = [answer for each in asked for answer in each.result()]
    codes = sorted({code for _, found in answers for code in found} or {"answered"})
    lasted = max(seconds for seconds, _ in answers)
    said = f"{len(answers)} asked, {', '.join(codes)}, at most {lasted:.1f} s"
    tried, expected = f"filters of {_TIMES} ways back, {_ATTACKERS} at once", f"each over within {_LIMIT} s"
    yield Row("filter back and forth: time", tried, expected, said, lasted <= _LIMIT)
    ratio = median(seconds for seconds, _ in reads) / idle
    failed = sum(not is_answered for _, is_answered in reads)
    said = f"{ratio:.1f} times the idle median; {failed} of {len(reads)} failed"
    expected = f"always answered, median at most {_WAIT} times the idle one"
    yield Row("filter back and forth: others", "a reader elsewhere", expected, said, ratio <= _WAIT and not failed)


def back_and_forth(times: int) -> str:
    """A count of series whose filter goes up to the study and down to all its series, again and again."""
    inner = 'uid: {eq: "none"}'
    for _ in range(times):
        inner = f"study: {{series: {{some: {{{inner}}}}}}}"
    return f"series(filter: {{{inner}}}) {{ totalCount }}"


def _ask_again(attacker: Client, over: Event) -> list[tuple[float, list[str]]]:
    """Ask, again and again until it is over; seconds and codes of each answer."""
    answers: list[tuple[float, list[str]]] = []
    while not (answers and over.wait(_PAUSE)):
        begun = time.monotonic()
        codes = attacker.ask(f"{{ {back_and_forth(_TIMES)} }}").codes
        answers.append((time.monotonic() - begun, [*codes]))
    return answers


def _read(reader: Client) -> tuple[float, bool]:
    """Seconds of one read, and whether it was answered."""
    begun = time.perf_counter()
    answer = reader.ask(_READ)
    return time.perf_counter() - begun, answer.status == 200 and not answer.codes
