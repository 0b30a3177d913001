"""`obia deid preview`: one page that loads nothing, in which no value is ever markup, and hazards are coloured."""

import base64
import hashlib
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests import browser, make
from tests.plugins.deid_ctp.command import runs
from tests.plugins.deid_ctp.command.runs import deid, refused

HOSTILE = "</td></table><script>hit=1</script><img src=x onerror=hit=1>\"'&amp;"
LEAKING = """<script>
<p t="X"></p>
<e en="T" t="00100010" n="PatientName">@keep()</e>
<e en="T" t="00100020" n="PatientID">@empty()</e>
<e en="T" t="00081115" n="ReferencedSeriesSequence">@empty()</e>
<e en="T" t="00080020" n="StudyDate">@incrementdate(this,-5)</e>
</script>"""


class Read(HTMLParser):
    """Everything of a page: tags with their attributes, and words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.words.append(data)


def preview(folder: Path, *arguments: object, script: str = runs.TRIAL, name: str = "trial.script") -> str:
    page = folder.parent / "page.html"
    key = runs.text(folder.parent / "a.key", runs.KEY)
    assert deid("preview", runs.text(folder.parent / name, script), folder, "-o", page, "-k", key, *arguments) == 0
    return page.read_text(encoding="utf-8")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with markup in values, in the name of a file and in a private creator."""
    image = runs.sample(
        PatientName="<script>hit()</script>^<b>x</b>", PatientComments=HOSTILE, StudyDescription="\u202eevil\x07"
    )
    image.private_block(0x0009, "<b>ACME</b>", create=True).add_new(1, "LO", HOSTILE[:64])
    image.ReferencedSeriesSequence = make.sequence(SeriesDescription=HOSTILE[:64])
    make.file(tmp_path / "in" / "<img src=x onerror=hit=1>.dcm", image)
    (tmp_path / "in" / "<script>hit=1<").write_text("no image")
    return tmp_path / "in"


def test_before_and_after_stand_side_by_side(tmp_path: Path) -> None:
    page = preview(runs.inbox(tmp_path / "in", 1))

    row = re.search(r"<tr[^>]*>(?:(?!</tr>).)*0010,0010.*?</tr>", page, re.S)
    assert row is not None
    assert "<bdi>Doe^Jane</bdi>" in row[0]
    assert re.search(r'"after"><bdi>\d+</bdi>', row[0])
    assert ">replaced</td>" in row[0]


def test_markup_of_a_file_is_never_markup_of_the_page(hostile: Path) -> None:
    page = Read(preview(hostile, name="<script>x.script", script=LEAKING))

    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 1
    assert not {"img", "b"} & (set(tags) - {"b"})
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not [each for _, attributes in page.tags for name, each in attributes.items() if name in ("src", "href")]
    assert "\u202e" not in "".join(page.words)
    assert "hit=1" in "".join(page.words)


def test_the_policy_allows_the_pages_own_program_alone(hostile: Path) -> None:
    text = preview(hostile)

    policy = next(str(a["content"]) for tag, a in Read(text).tags if tag == "meta" and "http-equiv" in a)
    program = re.search(r"<script>(.*?)</script>", text, re.S)
    assert program is not None
    digest = base64.b64encode(hashlib.sha256(program[1].encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "http:" not in text.replace("http-equiv", "") and "https:" not in text


@pytest.mark.skipif(browser.CHROMIUM is None, reason="there is no browser")
def test_in_a_browser_nothing_of_a_file_runs_and_the_filter_works(hostile: Path) -> None:
    preview(hostile, script=LEAKING)

    with browser.page() as page:
        page.open((hostile.parent / "page.html").as_uri())
        page.wait_for("document.readyState === 'complete' && document.querySelectorAll('tbody tr').length > 10")
        before = page.evaluate("document.querySelectorAll('tbody tr:not([hidden])').length")
        page.evaluate("box.value = 'patient name'; box.dispatchEvent(new Event('input'))")
        after = page.evaluate("document.querySelectorAll('tbody tr:not([hidden])').length")

        assert page.evaluate("typeof hit") == "undefined"
        assert page.evaluate("getComputedStyle(document.querySelector('.why')).color") == "rgb(168, 7, 26)"
        assert 0 < after < before
        assert page.said == []


def hazards(page: str) -> dict[str, str]:
    """Why, by tag, for every row that is coloured."""
    rows = re.findall(r'<tr class="([^"]*)">(.*?)</tr>', page, re.S)
    found = {}
    for classes, row in rows:
        tag, why = re.search(r"<code>(\S+)", row), re.search(r'class="why">(.*?)</span>', row)
        assert ("hazard" in classes.split()) == (why is not None)
        if tag and why:
            found[tag[1]] = why[1]
    return found


def test_what_stays_though_the_standard_names_it_is_a_hazard(tmp_path: Path) -> None:
    folder = runs.inbox(tmp_path / "in", 1, ReferencedSeriesSequence=make.sequence(SeriesDescription="x"))

    strict, safe = (preview(folder, "--mode", mode, script=LEAKING) for mode in ("strict", "safe"))

    assert hazards(strict)["0010,0010"] == hazards(safe)["0010,0010"] == "stays, though PS3.15 names it"
    assert hazards(strict)["0008,1115"] == "left in place; safe mode does not"
    assert hazards(safe)["0008,1115"] == "CTP itself leaves this in place"


def test_a_script_that_leaves_nothing_has_no_hazard(tmp_path: Path) -> None:
    assert hazards(preview(runs.inbox(tmp_path / "in", 1))) == {}


def test_files_that_do_not_go_through_say_why(hostile: Path) -> None:
    os.mkfifo(hostile / "pipe")

    page = preview(hostile)

    assert "<p>QUARANTINE: it is no DICOM file</p>" in page
    assert "<p>QUARANTINE: it is no file, but a pipe, a socket or a device</p>" in page


def test_the_page_is_its_owners_alone_and_says_what_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = preview(runs.inbox(tmp_path / "in"), "--limit", 2)

    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o600
    assert "This page holds originals" in page
    assert "2 of 3 files are shown" in page
    assert "2 of 3 files. It holds originals" in capsys.readouterr().out
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_preview_with_the_key_of_a_run_shows_what_the_run_makes(tmp_path: Path) -> None:
    folder = runs.inbox(tmp_path / "in", 1)
    runs.run(folder, tmp_path / "out")

    page = preview(folder)

    name = runs.images(tmp_path / "out")[0].relative_to(tmp_path / "out").with_suffix("")
    assert all(part in page for part in name.parts)


def test_without_a_key_the_page_says_so_and_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBIA_HOME", str(tmp_path / "home"))
    folder, script = runs.inbox(tmp_path / "in", 1), runs.text(tmp_path / "a.script", runs.TRIAL)

    assert deid("preview", script, folder, "-o", tmp_path / "page.html") == 0

    assert "No key was at hand" in (tmp_path / "page.html").read_text()
    assert not (tmp_path / "home").exists()


def test_places_where_originals_must_not_lie_are_refused(tmp_path: Path) -> None:
    folder, script = runs.inbox(tmp_path / "in", 1), runs.text(tmp_path / "a.script", runs.TRIAL)
    runs.run(folder, tmp_path / "out")
    image = next(folder.rglob("*.dcm"))

    with refused("BAD_INPUT", "that folder is one that a run wrote"):
        deid("preview", script, folder, "-o", tmp_path / "out" / "deeper" / "page.html")
    with refused("BAD_INPUT", "the page lies in DIR"):
        deid("preview", script, folder, "-o", folder / "page.html")
    with refused("BAD_INPUT", "would overwrite the file it shows"):
        deid("preview", script, image, "-o", image)
    with refused("BAD_INPUT", "the page cannot be written"):
        deid("preview", script, folder, "-o", tmp_path / "nowhere" / "page.html")
    with refused("NOT_FOUND", "IN is no folder"):
        deid("preview", script, tmp_path / "nothing", "-o", tmp_path / "page.html")
