"""`make bench`: build the corpus, measure everything on it in one run, print one table."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks import corpus, deid, graphql, ingest, measures
from benchmarks.measures import Pace
from benchmarks.processes import Memory

_FILES = 2_000
_INGEST = 200  # files per CPU second that our own process reaches at least
_ANONYMIZED = 1_500  # files in explicit little endian per CPU second, and how many times as fast as others
_TIMES = {"plain copy": 0.25, deid.PEERS[0]: 1.5, deid.PEERS[1]: 10}
_API, _WORKER = 130, 150  # MB at most


@click.command()
@click.option("--files", default=_FILES, show_default=True, type=click.IntRange(4), help="How many files to build.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to build; unset, the system's temporary folder.")
def main(files: int, folder: Path | None) -> None:
    """Measure the archive against copying, pydicom and the limits asked for."""
    with TemporaryDirectory(prefix="obia-bench-", dir=folder) as work:
        _measure(Path(work), files)


def _measure(work: Path, files: int) -> None:
    inbox = work / "inbox"
    _say(f"building {files} files")
    paths = corpus.build(inbox / "corpus", files)
    size = sum(path.stat().st_size for path in paths)
    _say("copying, pydicom, de-identification")
    works = [measures.copying(paths, work), measures.pydicom(paths, work), measures.deidentification(paths)]
    paces = measures.raced(works)
    (work / "deid").mkdir()
    cleaned = deid.measure(paths, work / "deid")
    with ingest.archive(work / "one", inbox) as archive:
        _say("ingest")
        paces += ingest.ingest(archive, inbox / "corpus", len(paths))
        _say("GraphQL")
        token, _ = archive.obia.run("token", "add", "bench", "--role", "administrator")
        costs, api = graphql.ask(archive.obia, token.strip())
    with ingest.archive(work / "two", inbox) as archive:
        _say("worker")
        pace, worker = ingest.worker(archive, "corpus", len(paths))
    print(f"\n{len(paths)} files, {size / 1e6:.0f} MB: {corpus.SHARES}\n")
    _print_paces([*paces, pace])
    _print_deid(cleaned)
    _print_costs(costs)
    _print_memory(api, worker)


def _print_paces(paces: Sequence[Pace]) -> None:
    copy, pydicom = paces[0].rate, paces[1].rate
    print("| What | files/CPU-s | CPU ms/file | x copy | x pydicom | limit |")
    print("|---|---:|---:|---:|---:|---|")
    for each in paces:
        limit = f">= {_INGEST}: {_met(each.rate >= _INGEST)}" if each.name.endswith("our process") else ""
        ratios = f"{each.rate / copy:.2f} | {each.rate / pydicom:.2f}" if each.is_whole else "|"
        shown = f"{each.rate:.0f} | {1000 / each.rate:.2f} | {ratios}"
        print(f"| {each.name} | {shown} | {limit} |")


def _print_deid(cleaned: deid.Paces) -> None:
    """How many times as fast `anonymize()` is as each of the others."""
    by_name = {each.name: each.rate for each in cleaned.paces}
    ours = by_name["anonymize()"]
    print(
        f"\n{cleaned.files} files in explicit little endian; the fast way left {cleaned.left} of them to the whole tree\n"
    )
    print(
        "| De-identification, file to file | files/CPU-s | CPU ms/file | anonymize() is | limit |\n|---|---:|---:|---|---|"
    )
    for name, rate in by_name.items():
        limit = f">= {_TIMES[name]} x: {_met(ours / rate >= _TIMES[name])}" if name in _TIMES else ""
        if name == "anonymize()":
            limit = f">= {_ANONYMIZED}: {_met(rate >= _ANONYMIZED)}"
        print(f"| {name} | {rate:.0f} | {1000 / rate:.2f} | {ours / rate:.2f} x | {limit} |")
    for peer in (each for each in deid.PEERS if each not in by_name):
        print(f"| {peer} | not installed: `.venv/bin/python -m pip install {peer}` | | | |")


def _print_costs(costs: Sequence[graphql.Cost]) -> None:
    print("\n| GraphQL request | objects | CPU ms of the API |\n|---|---:|---:|")
    for each in costs:
        print(f"| {each.name} | {each.objects:,} | {each.milliseconds:.1f} |")


def _print_memory(api: Memory, worker: Memory) -> None:
    print("\n| Memory, MB | after the work | highest | limit |\n|---|---:|---:|---|")
    for name, memory, limit in (("API process", api, _API), ("worker", worker, _WORKER)):
        print(f"| {name} | {memory.now:.0f} | {memory.peak:.0f} | <= {limit}: {_met(memory.peak <= limit)} |")


def _met(is_met: bool) -> str:
    return "met" if is_met else "NOT met"


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
