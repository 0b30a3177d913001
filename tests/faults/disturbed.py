"""Runs of the real program that are disturbed on purpose, and what must be the same afterwards."""

import asyncio
import difflib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydicom import Dataset

from obia.schema.access import ADMINISTRATOR
from obia.server.archive import open_archive
from obia.server.collections import NewCollection, create_collection
from obia.server.graph.dump import dump
from obia.server.settings import Settings
from tests import make
from tests.conftest import connect

_TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_FORGOTTEN = (
    *("fence", "attempts", "generation", "leaseOwner", "leaseUntil", "intakeId", "batch", "file"),
    *("touched", "inQuarantine", "replaced"),  # which batch came first
)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment in which the program finds the archive of these settings."""
    assert settings.graph_url and settings.graph_password and settings.redis_url
    named = {
        "OBIA_HOME": str(settings.home),
        "OBIA_GRAPH_URL": settings.graph_url,
        "OBIA_GRAPH_PASSWORD": settings.graph_password.reveal(),
        "OBIA_REDIS_URL": settings.redis_url.reveal(),
        "OBIA_BATCH_SIZE": "7",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | named | more


def obia(settings: Settings, *arguments: str, crash_at: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the program to its end."""
    extra = {"OBIA_CRASH_AT": crash_at} if crash_at else {}
    return subprocess.run(
        [sys.executable, "-m", "obia", *arguments],
        env=environment(settings, **extra, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_killed_at(run: "subprocess.CompletedProcess[str]", point: str) -> None:
    """The run died by kill -9, and said first that it was at the point."""
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert f"crash point {point} reached" in run.stderr


def corpus(folder: Path) -> Path:
    """A folder in which every verdict occurs: accepted, duplicate, conflict, mix-up, and files that are broken."""
    for number, dataset in enumerate(_study(9, "SOUND")):
        make.file(folder / "sound" / f"{number:02}.dcm", dataset)
    for number, dataset in enumerate(_study(3, "TWICE")):
        make.file(folder / "one" / f"{number}.dcm", dataset)
        make.file(folder / "two" / f"{number}.dcm", dataset)
    clash = _study(3, "CLASH")
    clash[1].SOPInstanceUID = clash[0].SOPInstanceUID
    for name, dataset in zip(("clash/a", "zz/clash", "clash/sound"), clash, strict=True):
        make.file(folder / f"{name}.dcm", dataset)
    for patient in ("MIXED", "OTHER"):
        for number, dataset in enumerate(_study(2, patient, StudyInstanceUID=make.uid("mixed"))):
            make.file(folder / patient / f"{number}.dcm", dataset)
    whole = make.data(_study(1, "CUT")[0])
    (folder / "cut.dcm").write_bytes(whole[: len(whole) - 100])
    (folder / "notes.txt").write_text("no DICOM at all")
    (folder / "empty.dcm").touch()
    return folder


def _study(images: int, patient: str, **elements: object) -> list[Dataset]:
    """A study of a patient's own, its UIDs made from the patient's name."""
    uids = {"StudyInstanceUID": make.uid(patient), "SeriesInstanceUID": make.uid(patient, "series")}
    return [
        make.image(
            **{
                **uids,
                "PatientID": patient,
                "SOPInstanceUID": make.uid(patient, number),
                "InstanceNumber": number + 1,
                **elements,
            }
        )
        for number in range(images)
    ]


def fingerprint(settings: Settings) -> dict[str, list[str]]:
    """What two runs must share: the graph, intake ids, accessions and times aside, and the digests in store and vault."""
    return {"graph": asyncio.run(_graph(settings)), "store": _store(settings)}


async def _graph(settings: Settings) -> list[str]:
    async with connect(settings) as graph:
        lines = [json.loads(line) async for line in dump(graph)]
    names = {
        line["key"]: line["label"] for line in lines if line.get("label") in ("Submission", "Batch", "Quarantined")
    }
    return sorted(_plain(line, names) for line in lines)


def difference(one: dict[str, list[str]], other: dict[str, list[str]]) -> str:
    """What two fingerprints do not share, a line each; empty when they are equal."""
    return "\n".join(line for kind in one for line in difflib.unified_diff(one[kind], other[kind], lineterm="", n=0))


def _plain(line: dict[str, object], names: Mapping[str, str]) -> str:
    properties = line["properties"]
    assert isinstance(properties, dict)
    kept = {name: value for name, value in properties.items() if name not in _FORGOTTEN}
    if line.get("label") in ("Individual", "Study"):
        kept.pop("accession", None)
    text = json.dumps({**line, "properties": kept}, sort_keys=True)
    for key in sorted(names, key=len, reverse=True):
        text = text.replace(key, names[key])
    return _TIMES.sub("TIME", text)


def _store(settings: Settings) -> list[str]:
    """SHA-256 of every stored file; of the vault, whose ciphertext differs each time, how much of what it holds."""
    root = settings.home / "store"
    files = [path for path in root.rglob("*") if path.is_file()]
    images = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files if "images" in path.parts]
    vault = [
        f"{path.parts[len(root.parts) + 1]} {path.stat().st_size // 256}" for path in files if "originals" in path.parts
    ]
    drafts = [path.name for path in files if ".staging" in path.parts]
    return sorted([*images, *vault, *drafts])


def fresh(settings: Settings, home: Path, key: Path) -> Settings:
    """The settings of another home with the same key, so that what is derived from it is the same."""
    home.mkdir(parents=True)
    shutil.copy(key, home / "key")
    return replace(settings, home=home)


async def add_collection(settings: Settings) -> str:
    """Make a collection in the archive of these settings; return its accession."""
    async with open_archive(settings) as archive:
        return await create_collection(archive, ADMINISTRATOR, NewCollection("T", bioproject="PRJCA000001"))
