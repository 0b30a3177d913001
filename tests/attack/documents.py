"""Documents: repeated fields, many large ones, an empty comparison, introspection."""

from collections.abc import Iterator
from pathlib import Path

from graphql import get_introspection_query

from benchmarks.processes import Memory, cpu_of
from tests import make
from tests.attack.archive import Archive, Server
from tests.attack.client import Answer, Client
from tests.attack.rows import Row

_TIMES = 20
_REPEATED = 20  # of the cost of an ordinary document that is parsed for the first time
_AGAIN = 0.25  # of the cost of the first introspection
_DOCUMENTS, _VALUES = 270, 850  # so many values of 24 characters make 21 kB
_GROWTH = 0.5  # of the memory before
REPEATED = (  # within one root field, and below the limit of 2,000 tokens
    ("collections { %s }", "nodes { __typename }", 480),
    ("images { nodes { %s } }", "series { uid }", 480),
    ("collections { %s }", "nodes { accession title }", 240),
)
_ORDINARY = """{ studies(first: %d) { totalCount nodes { uid accession modalities series(first: 5) { nodes { uid modality
    images(first: 5) { nodes { uid number rows columns } } } } individual { sex collection { accession title } } } } }"""


def documents(archive: Archive, server: Server, folder: Path) -> Iterator[Row]:
    """One client, one document after the other."""
    client = Client(server.port, archive.token("documents", "researcher"))
    client.ask("{ __typename }")
    yield _introspection(server, client)
    yield _repetition(server, client)
    yield _empty_comparison(client)
    yield _cache(server, client)


def repeated(around: str, field: str, times: int) -> str:
    """A document that selects one field with a subselection again and again: each pair of them is compared."""
    return "{ " + around % " ".join([field] * times) + " }"


def _introspection(server: Server, client: Client) -> Row:
    document = get_introspection_query()
    first, _ = _cost(server, client, document)
    again = sum(_cost(server, client, document)[0] for _ in range(_TIMES)) / _TIMES
    share = again / max(first, 0.01)
    said = f"{share:.2f} of the first ({again * 1000:.0f} ms of CPU)"
    return Row("introspection", f"{_TIMES} times", f"at most {_AGAIN} of the first one's cost", said, share <= _AGAIN)


def _repetition(server: Server, client: Client) -> Row:
    ordinary = sum(_cost(server, client, _ORDINARY % number)[0] for number in range(1, _TIMES + 1)) / _TIMES
    costs, codes = [], set[str]()
    for each in REPEATED:
        cost, answer = _cost(server, client, repeated(*each))
        costs.append(cost)
        codes |= set(answer.codes) or {"answered"}
    ratio = max(costs) / max(ordinary, 0.001)
    said = f"{', '.join(sorted(codes))}; {ratio:.0f} times ({max(costs) * 1000:.0f} ms of CPU)"
    expected = f"refused, at most {_REPEATED} times an ordinary document's cost"
    is_good = "answered" not in codes and ratio <= _REPEATED
    return Row("repeated fields", "documents of 6 to 10 kB, 240 and 480 times", expected, said, is_good)


def _empty_comparison(client: Client) -> Row:
    document = "query($x: String) { series(filter: {modality: {eq: $x}}) { totalCount } }"
    answers = (client.ask(document), client.ask(document, {"x": None}), client.ask(document.replace("eq: $x", "")))
    codes = [", ".join(each.codes) or "answered" for each in answers]
    is_good = codes == ["BAD_INPUT"] * 3
    return Row("empty comparison", "left out, null, {}", "BAD_INPUT", ", ".join(codes), is_good)


def _cache(server: Server, client: Client) -> Row:
    before = Memory.of(server.pid).now
    failed = sum(bool(client.ask(_large(number)).codes) for number in range(_DOCUMENTS))
    after = Memory.of(server.pid).now
    growth = after / before - 1
    said = f"{growth:+.0%} ({before:.0f} to {after:.0f} MB)" + (f", {failed} refused" if failed else "")
    tried = f"{_DOCUMENTS} distinct documents of 21 kB"
    return Row("document cache", tried, f"memory grows by at most {_GROWTH:.0%}", said, growth <= _GROWTH)


def _large(number: int) -> str:
    values = ", ".join(f'"{make.uid("large", number, place)[:20]}"' for place in range(_VALUES))
    return f"{{ images(first: 1, filter: {{uid: {{in: [{values}]}}}}) {{ totalCount }} }}"


def _cost(server: Server, client: Client, document: str) -> tuple[float, Answer]:
    """CPU seconds of the API process for one request, and the answer."""
    before = cpu_of(server.pid)
    answer = client.ask(document)
    return cpu_of(server.pid) - before, answer
