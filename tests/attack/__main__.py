"""`python -m tests.attack [--only NAME ...] [--write]`: attack an archive made for it, and print one table."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.attack.access import access
from tests.attack.archive import Archive, opened
from tests.attack.cheap import cheap
from tests.attack.kills import kills
from tests.attack.load import load
from tests.attack.mutations import mutations
from tests.attack.operating import operating
from tests.attack.page import write
from tests.attack.rows import Row, table

Part = Callable[[Archive, Path], Iterator[Row]]
PARTS: dict[str, Part] = {
    "access": access,
    "operating": operating,
    "mutations": mutations,
    "load": load,
    "cheap": cheap,
    "kills": kills,  # last: it empties the graph for each round
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts asked for; return 1 when a row failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="Run this part alone; may be given often.")
    parser.add_argument("--write", action="store_true", help="Write the table into docs/reliability.md.")
    asked = parser.parse_args(arguments)
    asked.only = [name for name in PARTS if not asked.only or name in asked.only]  # in their order, each once
    begun = time.monotonic()
    with TemporaryDirectory(prefix="obia-attack-") as folder, opened(Path(folder)) as archive:
        rows = [row for name in asked.only for row in run(name, PARTS[name], archive, Path(folder) / name)]
    print("\n".join(table(rows)))
    if asked.write:
        write(rows, time.monotonic() - begun)
    return int(not all(row.is_passed for row in rows))


def run(name: str, part: Part, archive: Archive, folder: Path) -> Iterator[Row]:
    """The rows of one part; a part that breaks off ends with a row that failed."""
    begun = time.monotonic()
    folder.mkdir()
    try:
        yield from part(archive, folder)
    except Exception as error:
        yield Row(
            name, "the whole part", "it runs to its end", f"broke off: {type(error).__name__}: {error}"[:200], False
        )
    print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
