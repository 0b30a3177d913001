"""A command waits for a graph that goes away under it."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from obia.schema.errors import Unavailable
from obia.server.graph.driver import Graph
from obia.server.settings import Settings
from tests import make
from tests.faults import disturbed

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


class Line:
    """A line to Neo4j that can be cut and mended."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []
        self._port = 0

    @property
    def url(self) -> str:
        """Where it begins."""
        return f"bolt://127.0.0.1:{self._port}"

    async def mend(self) -> None:
        """Listen on the port, the same each time."""
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End what is connected, and refuse what comes."""
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._ends += (writer, back)
        await asyncio.gather(_pipe(reader, back), _pipe(there, writer), return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class _Said(logging.Handler):
    """Notices the first line of a log."""

    def __init__(self) -> None:
        super().__init__()
        self.first = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Notice it."""
        self.first.set()


@asynccontextmanager
async def _behind(line: Line, settings: Settings, patience: float) -> AsyncIterator[Graph]:
    await line.mend()
    async with Graph(line.url, settings.graph_user, settings.graph_password, patience=patience) as graph:
        yield graph
    await line.cut()


async def test_a_read_waits_until_the_graph_is_back(settings: Settings) -> None:
    assert settings.graph_url
    line, said = Line(settings.graph_url), _Said()
    logging.getLogger("obia.server.graph.driver").addHandler(said)

    async with _behind(line, settings, patience=600) as graph:
        await graph.read("RETURN 1")
        await line.cut()
        reading = asyncio.create_task(graph.read("RETURN 2"))
        await said.first.wait()
        await line.mend()

        assert await reading == [[2]]


async def test_a_worker_outlives_a_graph_that_goes_and_comes_back(empty: Settings, tmp_path: Path) -> None:
    assert empty.graph_url
    await _plan(empty, tmp_path)
    line = Line(empty.graph_url)
    await line.mend()
    environment = disturbed.environment(replace(empty, graph_url=line.url))
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "obia", "work", env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert worker.stderr

    await _heard(worker.stderr, "is done: ACCEPTED 1")
    await line.cut()
    await _heard(worker.stderr, "the graph does not answer")
    await line.mend()
    await _heard(worker.stderr, "the graph answers again")
    worker.send_signal(signal.SIGTERM)

    assert await worker.wait() == 0
    await line.cut()


async def _plan(settings: Settings, folder: Path) -> None:
    """Leave a job of one file to a worker, which shows by it that its graph has answered."""
    collection = await disturbed.add_collection(settings)
    make.file(folder / "inbox" / "a.dcm", make.image())
    arguments = ("ingest", f"{folder}/inbox", "--collection", collection)
    run = await asyncio.to_thread(disturbed.obia, settings, *arguments, crash_at="submission-planned")
    disturbed.assert_killed_at(run, "submission-planned")


async def _heard(stream: asyncio.StreamReader, text: str) -> None:
    """Wait for a line with a text; the end of the stream is a failure."""
    said = []
    while line := await stream.readline():
        said.append(line.decode())
        if text in said[-1]:
            return
    raise AssertionError("".join(said))


async def test_without_patience_a_read_fails(settings: Settings) -> None:
    assert settings.graph_url
    line = Line(settings.graph_url)

    async with _behind(line, settings, patience=0) as graph:
        await graph.read("RETURN 1")
        await line.cut()

        with pytest.raises(Unavailable):
            await graph.read("RETURN 2")


async def test_a_graph_that_never_answered_is_not_waited_for(settings: Settings) -> None:
    line = Line("bolt://127.0.0.1:1")

    async with _behind(line, settings, patience=600) as graph:
        await line.cut()

        with pytest.raises(Unavailable):
            await graph.read("RETURN 1")
