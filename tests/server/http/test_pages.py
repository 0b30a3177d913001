"""Pages: what they are made of lies in the package, unchanged, with its licences."""

import hashlib
import html
import re
from importlib.resources import files

import httpx
import pytest

from obia.server.archive import OpenArchive
from obia.server.http.pages import ASSETS

PAGES = ("start.html", "graphiql.html")


def test_vendored_files_are_those_that_are_named_with_their_licences() -> None:
    rows = re.findall(r"^\| `(.+?)` \|.*\| `(.+?)` \| `(.+?)` \|$", (ASSETS / "VENDORED.md").read_text(), re.M)

    assert len(rows) == 4
    for name, licence, digest in rows:
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest
        assert "MIT License" in (ASSETS / licence).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_for_nothing_beyond_the_package_and_runs_nothing_inline(page: str) -> None:
    text = (ASSETS / page).read_text(encoding="utf-8")

    for name in re.findall(r"/assets/([^\"]+)", text):
        assert (files("obia.server.http") / "assets" / name).is_file()
    assert "//" not in text.replace("<!doctype html>", "")
    assert not re.search(r"<style|style=|<script>|\son\w+=|javascript:", text)


@pytest.mark.neo4j
@pytest.mark.anyio
async def test_every_card_of_the_first_page_has_a_link_that_is_answered(client: httpx.AsyncClient) -> None:
    text = (ASSETS / "start.html").read_text(encoding="utf-8")
    cards = re.findall(r'<(a|div) class="card[^"]*"(.*?)</\1>\n  ', text, re.DOTALL)
    links = [re.findall(r'href="([^"]+)"', card) for _, card in cards]
    answers = [
        await client.get(html.unescape(link), headers={"Accept": "text/html,*/*;q=0.8"})
        for each in links
        for link in each
    ]

    assert len(cards) == text.count('class="card')
    assert all(links), links
    assert [each.status_code for each in answers] == [200] * len(answers)
    assert not [each.text for each in answers if '"errors"' in each.text]


@pytest.mark.neo4j
@pytest.mark.anyio
async def test_assets_are_served_with_their_types_and_nothing_else_is(client: httpx.AsyncClient) -> None:
    kinds = {
        name: (await client.get(f"/assets/{name}")).headers["content-type"] for name in ("graphiql.js", "start.css")
    }
    others = [await client.get(f"/assets/{name}") for name in ("no.js", "..%2fapp.py", "../app.py", "", ".")]

    assert kinds["graphiql.js"].startswith("text/javascript")
    assert kinds["start.css"].startswith("text/css")
    assert {each.status_code for each in others} == {404}
    assert {each.json()["errors"][0]["extensions"]["code"] for each in others} == {"NOT_FOUND"}


@pytest.mark.neo4j
@pytest.mark.anyio
async def test_the_schema_is_served_as_text_and_known_again(archive: OpenArchive, client: httpx.AsyncClient) -> None:
    first = await client.get("/schema.graphql")
    again = await client.get("/schema.graphql", headers={"If-None-Match": first.headers["etag"]})

    assert first.text == archive.api.schema.as_str() + "\n"
    assert first.headers["content-type"] == "text/plain; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")
