"""Mutated files through the trusted zone: each ends accepted or with a code, and the process lives."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

import pytest

from obia.schema.errors import Code
from tests import mutations

_SMALL, _MANY, _AT_ONCE = 60, 3_000, 100
_MOST = 512  # MiB

# a process of its own: one that dies fails the test and not the suite
TAKING = """
    import json, sys
    from pathlib import Path
    from neo4j._codec.packstream.v1 import PackableBuffer, Packer
    from tests import zones
    from obia.server.quiet import native_libraries_silenced

    home, folder = map(Path, sys.argv[1:])
    files = sorted(folder.iterdir())
    with native_libraries_silenced():
        ends = list(zones.taken(zones.zone(home), files))
    for item in ends:
        Packer(PackableBuffer()).pack(item.row)  # as the driver will: no integer too large, no lone surrogate
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
    print(json.dumps([peak, [item.code for item in ends]]))
"""


def taken(folder: Path, contents: Iterable[bytes]) -> Counter[str]:
    """How files ended; every process that takes some lives, and stays within memory."""
    ends: Counter[str] = Counter()
    batch: list[bytes] = []
    for content in contents:
        batch.append(content)
        if len(batch) == _AT_ONCE:
            ends += _ends(folder, batch)
            batch = []
    return ends + _ends(folder, batch)


def _ends(folder: Path, batch: list[bytes]) -> Counter[str]:
    inbox = folder / "in"
    inbox.mkdir(exist_ok=True)
    for path in inbox.iterdir():
        path.unlink()
    for number, content in enumerate(batch):
        (inbox / f"{number:04}.dcm").write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", dedent(TAKING), str(folder / "home"), str(inbox)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    peak, codes = json.loads(run.stdout)
    assert peak < _MOST
    assert len(codes) == len(batch)
    assert all(code is None or code in set(Code) for code in codes)
    return Counter(str(code) for code in codes)


def test_some_mutated_files_end_with_a_code(tmp_path: Path) -> None:
    ends = taken(tmp_path, mutations.mutated(_SMALL, seed=20261201))

    assert ends.total() == _SMALL


@pytest.mark.long
def test_many_mutated_files_end_with_a_code(tmp_path: Path) -> None:
    ends = taken(tmp_path, mutations.mutated(_MANY, seed=1))
    print(f"\n{_MANY} mutated: {dict(ends.most_common())}")

    assert ends.total() == _MANY


@pytest.mark.long
def test_files_of_which_an_element_has_another_vr_end_with_a_code(tmp_path: Path) -> None:
    ends = taken(tmp_path, mutations.with_other_vrs(10))
    print(f"\n{ends.total()} with another VR: {dict(ends.most_common())}")

    assert ends.total() > 300
