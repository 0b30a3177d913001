"""Running a document: its console blocks as one shell session, each command's output compared with what is shown.

A block below a line that names a file, "`minne.py`:", is written into that file; "More of `minne.py`:" adds to it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.golden import ROOT

_FENCE = re.compile(r"^(?:(More of )?`([\w./-]+)`:\n\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "--- ran "


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a document, and the output that is shown for it; None where none is shown."""

    command: str
    shown: str | None


def documents() -> list[Path]:
    """Every document."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(path: Path, language: str) -> Iterator[str]:
    """The fenced blocks of a language."""
    for found in _FENCE.finditer(path.read_text(encoding="utf-8")):
        if found[3] == language:
            yield found[4]


def steps(path: Path) -> list[Step]:
    """The commands of the console blocks and the writing of the files, in order."""
    return [step for found in _FENCE.finditer(path.read_text(encoding="utf-8")) for step in _steps(*found.groups())]


def run(path: Path, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Run a document in a folder; return what was not as shown, a text each."""
    script, wanted = ["exec 2>&1"], steps(path)
    for step in wanted:
        script += [step.command, f'printf "\\n{_MARK}%s\\n" $?']
    programs = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env={**environment, "TMPDIR": str(folder), "PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=1800,
        check=False,
    )
    ended = re.findall(rf"(.*?)\n{_MARK}(\d+)\n", done.stdout, re.DOTALL)
    if len(ended) != len(wanted):
        return [f"{len(ended)} of {len(wanted)} commands ran:\n{done.stdout[-2000:]}"]
    return [
        f"$ {step.command}\nshown:\n{step.shown}\nexit status {status}, printed:\n{printed}"
        for step, (printed, status) in zip(wanted, ended, strict=True)
        if status != "0" or (step.shown is not None and not matches(step.shown, printed))
    ]


def matches(shown: str, printed: str) -> bool:
    """Whether an output is as shown; `...` stands for anything, over lines too."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def _steps(more: str | None, file: str | None, language: str, block: str) -> Iterator[Step]:
    if file:
        yield Step(f"cat {'>>' if more else '>'} {file} <<'END_OF_BLOCK'\n{block}END_OF_BLOCK", None)
    if language != "console":
        return
    for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        first, *rest = command.splitlines()
        continued = [line.removeprefix("> ") for line in rest if line.startswith("> ")]
        shown = [line for line in rest if not line.startswith("> ")]
        yield Step("\n".join([first, *continued]), "\n".join(shown) if any(shown) else None)
