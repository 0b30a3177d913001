"""`obia serve` as a real process: it answers, stays small, shows GraphiQL, and stops when told to."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from obia.schema.access import Role
from obia.server.access import create_token
from obia.server.settings import Settings
from tests import browser
from tests.conftest import connect
from tests.faults.disturbed import environment, obia

pytestmark = pytest.mark.neo4j
EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror"
HEADERS = "[...document.querySelectorAll('.graphiql-editor-tool .CodeMirror')].at(-1).CodeMirror"
RESULT = "document.querySelector('.result-window .CodeMirror')?.CodeMirror?.getValue()"
BUTTON = "document.querySelector('.graphiql-execute-button[aria-label^=Execute]')"
LOADED = "document.readyState === 'complete'"  # with its style sheet
WIDTH = "getComputedStyle(document.body).maxWidth"
MEMORY = 130  # MB, the promise of docs/http.md


@dataclass(slots=True)
class Serving:
    """A server that runs."""

    process: "subprocess.Popen[str]"
    url: str

    def resident(self) -> float:
        """Its memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1000


@contextmanager
def serving(settings: Settings, **more: str) -> Iterator[Serving]:
    """A server on a free port, until the block ends."""
    command = [sys.executable, "-m", "obia", "serve", "--port", "0"]
    env = environment(settings, **more)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = process.stdout.readline()
            assert re.fullmatch(rf"serving http://127\.0\.0\.1:\d+ from {settings.home}\n", said), process.communicate()
            yield Serving(process, said.split()[1])
        finally:
            process.kill()


def test_a_server_answers_stays_small_and_stops_with_status_0(empty: Settings) -> None:
    with serving(empty) as server:
        for _ in range(5):
            answer = httpx.post(f"{server.url}/graphql", json={"query": "{ collections { totalCount } }"})
        ready = httpx.get(f"{server.url}/readyz")
        memory = server.resident()
        server.process.send_signal(signal.SIGTERM)
        out, err = server.process.communicate(timeout=30)

    assert answer.json() == {"data": {"collections": {"totalCount": 0}}}
    assert ready.status_code == 200
    assert "server" not in answer.headers
    assert memory <= MEMORY
    assert (server.process.returncode, out, err) == (0, "", "")


def test_a_server_imports_no_decoder(empty: Settings) -> None:
    program = """
import asyncio, httpx, sys
from obia.server.archive import open_archive
from obia.server.http.app import create_app
from obia.server.settings import Settings

async def main():
    async with open_archive(Settings.load(), is_api=True) as archive:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(archive))) as client:
            answer = await client.post("http://localhost/graphql", json={"query": "{ plugins { name error } }"})
            assert not any(each["error"] for each in answer.json()["data"]["plugins"])
            assert (await client.get("http://localhost/images/1.2/preview.png")).status_code == 404
    print([name for name in ("pydicom", "PIL", "gdcm", "dramatiq", "requests") if name in sys.modules])

asyncio.run(main())
"""
    command = [sys.executable, "-c", program]

    run = subprocess.run(command, env=environment(empty), capture_output=True, text=True, check=False)

    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def test_a_port_that_is_taken_is_one_line(empty: Settings) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        run = obia(empty, "serve", "--port", str(port))

    assert run.returncode == 69
    assert re.fullmatch(rf"obia: PORT_TAKEN: cannot listen on 127\.0\.0\.1 port {port} \(.*\); .*\n", run.stderr)


def test_logs_hold_neither_what_was_asked_nor_tokens(empty: Settings) -> None:
    with serving(empty) as server:
        query = {"query": "query($a: String!) { collection(accession: $a) { title } }", "variables": '{"a": "SECRET"}'}
        httpx.get(f"{server.url}/graphql", params=query, headers={"Authorization": "Bearer obia_SECRET"})
        httpx.get(f"{server.url}/SECRET?token=SECRET", headers={"Host": "SECRET", "Origin": "SECRET"})
        with closing(socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))) as connection:
            connection.sendall(b"SECRET SECRET\r\n\r\n")
            connection.recv(1000)
        server.process.send_signal(signal.SIGINT)
        out, err = server.process.communicate(timeout=30)

    assert server.process.returncode == 0
    assert "SECRET" not in out + err


def ask(page: browser.Page, until: str) -> str:
    """Press the button and return the answer, once this is in it."""
    page.wait_for(f"{BUTTON} !== null")
    page.evaluate(f"{BUTTON}.click()")
    return str(page.wait_for(f"{RESULT}?.includes('{until}') && {RESULT}"))


@pytest.mark.anyio
@pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
async def test_graphiql_renders_and_asks_within_its_policy(empty: Settings) -> None:
    async with connect(empty) as graph:
        token = await create_token(graph, "curious", Role.CURATOR, [])

    with serving(empty) as server, browser.page() as page:
        page.open(f"{server.url}/graphiql")
        example = page.wait_for(f"{EDITOR}?.getValue()")
        first = ask(page, "totalCount")
        page.evaluate(f'{HEADERS}.setValue(\'{{"Authorization": "Bearer {token}"}}\')')
        page.evaluate(f"{EDITOR}.setValue('query Collections {{ viewer {{ role }} }}')")
        second = ask(page, "role")

    assert "collections" in example
    assert '"totalCount": 0' in first
    assert '"role": "CURATOR"' in second
    assert page.said == []


@pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
def test_the_first_page_renders_within_its_policy(empty: Settings) -> None:
    with serving(empty) as server, browser.page() as page:
        page.open(server.url)
        colour = page.wait_for(f"document.querySelector('.first') && {LOADED} && {WIDTH}")
        links = page.evaluate("[...document.querySelectorAll('a')].map(each => each.getAttribute('href'))")
        statuses = {link: httpx.get(server.url + link).status_code for link in links}

    assert colour == "960px"
    assert set(statuses.values()) == {200}
    assert page.said == []
