"""`make bench` runs, and prints what it promises."""

import subprocess
import sys

import pytest


@pytest.mark.long
@pytest.mark.neo4j
def test_a_small_benchmark_prints_every_table() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--files", "12"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]
    for row in ("copy with fsync", "whole ingest: our process", "anonymize()", "worker", "trivial", "API process"):
        assert f"| {row}" in done.stdout
