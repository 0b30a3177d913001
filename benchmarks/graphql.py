"""GraphQL over HTTP: CPU of the API process per request, and its memory after them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

from benchmarks.processes import Memory, Obia, cpu_of

_WARM = 5  # requests before the count begins


@dataclass(frozen=True, slots=True)
class Question:
    """A document, how often it is asked, and how many objects of the archive its answer is to hold."""

    name: str
    document: str
    times: int
    objects: int


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds of the API process for one request, and the objects in the answer."""

    name: str
    milliseconds: float
    objects: int


_FLAT = "{ images(first: 100) { nodes { id uid number frames rows columns sopClass transferSyntax digest size } } }"
_NESTED = """{ studies(first: 10) { nodes { uid
    series(first: 2) { nodes { uid modality images(first: 100) { nodes { uid number rows columns } } } } } } }"""
QUESTIONS = (
    Question("trivial: { __typename }", "{ __typename }", 300, 0),
    Question("100 objects x 10 fields", _FLAT, 100, 100),
    Question("studies x series x images", _NESTED, 30, 2030),
)


def ask(obia: Obia, token: str) -> tuple[list[Cost], Memory]:
    """Serve the API, ask every question over one connection; the costs, and the memory of the API process after."""
    process = obia.start("serve", "--port", "0")
    try:
        assert process.stdout
        said = process.stdout.readline().split()
        address = next(urlsplit(word).netloc for word in said if word.startswith("http://"))
        with _client(address, token) as client:
            costs = [_cost(client, each, process.pid) for each in QUESTIONS]
        return costs, Memory.of(process.pid)
    finally:
        process.terminate()
        process.communicate()


class Client:
    """A client that keeps its connection."""

    def __init__(self, connection: HTTPConnection, token: str) -> None:
        self._connection = connection
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def ask(self, document: str) -> object:
        """The answer's data. Raises SystemExit when there is none."""
        self._connection.request("POST", "/graphql", json.dumps({"query": document}), self._headers)
        answer = json.loads(self._connection.getresponse().read())
        if answer.get("errors") or not answer.get("data"):
            raise SystemExit(f"the API answered {answer.get('errors')}")
        return answer["data"]


@contextmanager
def _client(address: str, token: str) -> Iterator[Client]:
    connection = HTTPConnection(address, timeout=60)
    try:
        yield Client(connection, token)
    finally:
        connection.close()


def _cost(client: Client, question: Question, pid: int) -> Cost:
    for _ in range(_WARM):
        data = client.ask(question.document)
    before = cpu_of(pid)
    for _ in range(question.times):
        client.ask(question.document)
    return Cost(question.name, (cpu_of(pid) - before) * 1000 / question.times, _count(data))


def _count(value: object) -> int:
    """How many objects of the archive an answer holds: what stands in lists of nodes."""
    if isinstance(value, list):
        return len(value) + sum(_count(each) for each in value)
    return sum(_count(each) for each in value.values()) if isinstance(value, dict) else 0
