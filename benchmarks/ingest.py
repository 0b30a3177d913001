"""The whole ingest as a user runs it, and the worker's, each on an archive of its own with its own Neo4j."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measures import Pace
from benchmarks.processes import Memory, Obia, cpu_of

_START = "mutation($input: StartIngestInput!) { startIngest(input: $input) { id } }"
_JOB = "query($id: ID!) { job(id: $id) { state total outcomes { code files } } }"
_PATIENCE = 1200  # s
_ACCEPTED = 0.99  # of the files, at least


@dataclass(frozen=True, slots=True)
class Archive:
    """A running archive: its program, its one collection, and its servers' process numbers."""

    obia: Obia
    collection: str
    servers: Mapping[str, int]

    def cpu(self) -> dict[str, float]:
        """CPU seconds of each server so far."""
        return {name: cpu_of(pid) for name, pid in self.servers.items()}


@contextmanager
def archive(home: Path, inbox: Path) -> Iterator[Archive]:
    """A new archive with one collection; its servers stop at the end."""
    obia = Obia.at(home, inbox)
    try:
        obia.run("init")
        made, _ = obia.run("collection", "add", "--title", "Benchmark", "--bioproject", "PRJCA000001", "--json")
        servers = json.loads((home / "run" / "services.json").read_text(encoding="utf-8"))["servers"]
        pids = {name: each["process"]["pid"] for name, each in servers.items()}
        yield Archive(obia, json.loads(made)["accession"], pids)
    finally:
        obia.run("down")


def ingest(archive: Archive, corpus: Path, files: int) -> list[Pace]:
    """Run `obia ingest` on the corpus; the pace of its own process, of Neo4j and of the queue."""
    before = archive.cpu()
    printed, seconds = archive.obia.run("ingest", str(corpus), "--collection", archive.collection, "--json")
    after = archive.cpu()
    report = json.loads(printed)
    _demand({"ACCEPTED": report["accepted"], **report["quarantined"]}, files)
    own = Pace("whole ingest: our process", files, seconds)
    return [
        own,
        *(Pace(f"whole ingest: {name}", files, after[name] - before[name], is_whole=False) for name in sorted(after)),
    ]


def worker(archive: Archive, folder: str, files: int) -> tuple[Pace, Memory]:
    """Let `obia work` take the corpus in, a folder of the inbox; its pace, and its memory when it is done."""
    process = archive.obia.start("work")
    try:
        variables = {"input": {"collection": archive.collection, "folder": folder}}
        printed, _ = archive.obia.run("query", _START, "--variables", json.dumps(variables))
        job = json.loads(printed)["data"]["startIngest"]["id"]
        _wait(archive.obia, job, files)
        return Pace("worker (`obia work`)", files, cpu_of(process.pid)), Memory.of(process.pid)
    finally:
        process.terminate()
        process.communicate()


def _wait(obia: Obia, job: str, files: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        printed, _ = obia.run("query", _JOB, "--variables", json.dumps({"id": job}))
        found = json.loads(printed)["data"]["job"]
        if found["state"] == "DONE":
            _demand({each["code"]: each["files"] for each in found["outcomes"]}, files)
            return
        time.sleep(5)
    raise SystemExit("the worker did not finish in time")


def _demand(outcomes: Mapping[str, int], files: int) -> None:
    """Raise SystemExit unless nearly all files were accepted: refusing is cheaper. Say what was refused."""
    refused = {code: count for code, count in outcomes.items() if code != "ACCEPTED" and count}
    if refused:
        print(f"refused: {refused}", flush=True)
    if outcomes.get("ACCEPTED", 0) < files * _ACCEPTED:
        raise SystemExit("too few files were accepted; figures of these would mean nothing")
