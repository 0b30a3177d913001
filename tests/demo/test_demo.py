"""The demo, as `make demo ONCE=1` runs it: every file accounted for, every answer right, nothing added twice."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from obia.server.demo.data import SOURCES
from obia.server.settings import Settings
from tests.conftest import connect, settings_on, wipe
from tests.faults import disturbed

pytestmark = pytest.mark.neo4j

TOTALS = Path(__file__).with_name("totals.json")


@pytest.fixture(scope="module")
def demo(services: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the demo's archive, empty at first."""
    settings = settings_on(services, tmp_path_factory.mktemp("demo") / "home")
    asyncio.run(wipe(settings))
    return settings


@pytest.fixture(scope="module")
def printed(demo: Settings) -> tuple[str, str]:
    """What the demo prints on its first and on its second run."""
    return _demo(demo), _demo(demo)


def _demo(settings: Settings) -> str:
    command = [sys.executable, "-m", "obia.server.demo", "--once"]
    environment = disturbed.environment(settings, OBIA_BATCH_SIZE="200")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def _totals(printed: str) -> list[dict[str, int]]:
    """The codes and counts of each ingest."""
    sections = re.split(r"^\$ obia ingest ", printed, flags=re.MULTILINE)[1:]
    return [
        {
            code: int(count)
            for code, count in re.findall(r"^([A-Z_]+) +(\d+) ", section.partition("\n\n")[0], re.MULTILINE)
        }
        for section in sections
    ]


def _answers(printed: str) -> list[dict[str, object]]:
    """The answers, in the order of the questions."""
    found = re.findall(r"^\$ obia query .*?^\}'?\n(\{.*?^\})", printed, flags=re.MULTILINE | re.DOTALL)
    return [json.loads(each)["data"] for each in found]


def test_the_totals_per_code_are_those_of_the_locked_packages(printed: tuple[str, str]) -> None:
    assert _totals(printed[0]) == json.loads(TOTALS.read_text())


def test_every_file_of_the_packages_is_accounted_for(printed: tuple[str, str]) -> None:
    offered = [
        sum(1 for path in source.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        for source in SOURCES
    ]

    assert [sum(counts.values()) for counts in _totals(printed[0])] == offered


def test_the_answers_are_right(printed: tuple[str, str]) -> None:
    traversal, genome, women, similar = _answers(printed[0])

    collection = traversal["collection"]
    assert isinstance(collection, dict)
    [individual] = collection["individuals"]["nodes"]
    assert individual["sex"] == "FEMALE"
    assert individual["studies"]["nodes"][0]["series"]["nodes"][0]["images"]["totalCount"] == 1
    found = genome["gsaIndividual"]
    assert isinstance(found, dict)
    assert {sample["sampleType"] for sample in found["samples"]["nodes"]} == {"TUMOUR", "NORMAL"}
    assert found["individuals"]["edges"][0]["node"]["studies"]["nodes"][0]["modalities"] == ["MR"]
    answer = women["individuals"]
    assert isinstance(answer, dict)
    assert answer["totalCount"] == 2
    assert {each["collection"]["accession"] for each in answer["nodes"]} == {"OBIA0001", "OBIA0002"}
    hits = similar["similarImages"]
    assert isinstance(hits, list)
    assert [hit["distance"] for hit in hits] == sorted(hit["distance"] for hit in hits)
    assert len(hits) == 3


def test_no_image_is_public_that_may_show_a_name(demo: Settings, printed: tuple[str, str]) -> None:
    async def modalities(state: str) -> set[str | None]:
        async with connect(demo) as graph:
            rows = await graph.read(
                "MATCH (s:Series)-[:HAS_IMAGE]->(:Image {state: $state}) RETURN DISTINCT s.modality", {"state": state}
            )
        return {modality for [modality] in rows}

    released, held = asyncio.run(modalities("RELEASED")), asyncio.run(modalities("ACCEPTED"))

    assert {"MR", "CR"} <= released
    assert not released & {"US", "SC", "XA", "XC", "OT", "ES", None}
    assert {"US", "OT"} <= held
    assert _held_back(printed[0]) == [
        {"OT": 21, "SC": 22, "US": 4},
        {"OT": 9, "SAME_ORIGINAL": 1, "SC": 12, "US": 5},
        {"BURNED_IN": 2, "OT": 7, "SC": 7, "US": 3},
    ]
    assert _held_back(printed[1]) == _held_back(printed[0])


def _held_back(printed: str) -> list[dict[str, int]]:
    """The reasons and counts of each release."""
    lines = re.findall(r"^held back: \d.*? \((.*?)\)", printed, re.MULTILINE)
    return [{word: int(count) for word, count in (each.split() for each in line.split(", "))} for line in lines]


def test_a_second_run_adds_nothing_and_says_so(printed: tuple[str, str]) -> None:
    again = _totals(printed[1])

    assert all(set(counts) == {"DUPLICATE"} for counts in again)
    assert printed[1].count("nothing was added") == 3 + 2 + 3  # ingests, tables, releases
    assert _answers(printed[1]) == _answers(printed[0])
