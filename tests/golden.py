"""Golden files: what the project generates and keeps in git. `python -m tests.golden` writes them, `--check` compares.

A producer is registered with its path; other files of the project add theirs to `GOLDEN`.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests import reference

ROOT = Path(__file__).resolve().parent.parent

Producer = Callable[[], str]
GOLDEN: dict[str, Producer] = {}


def golden(path: str) -> Callable[[Producer], Producer]:
    """Register a producer of a file, by its path in the checkout."""

    def register(producer: Producer) -> Producer:
        GOLDEN[path] = producer
        return producer

    return register


@golden("schema/graphql/schema.graphql")
def sdl() -> str:
    """The GraphQL schema without plugins' fields."""
    from obia.schema.graphql.schema import make_schema

    return make_schema().as_str().rstrip() + "\n"


for _path, _producer in (
    ("docs/reference/settings.md", reference.settings),
    ("docs/reference/commands.md", reference.commands),
    ("docs/reference/hooks.md", reference.hook_page),
    ("docs/reference/graph.md", reference.graph),
    ("docs/reference/codes.md", reference.codes),
    ("plugins/deid_ctp/base.script", reference.script),
):
    golden(_path)(_producer)


def stale(producers: Mapping[str, Producer] = GOLDEN, root: Path = ROOT) -> list[str]:
    """The golden files that are not what their producers make."""
    return [path for path, produce in producers.items() if _read(root / path) != produce()]


def main(arguments: list[str]) -> int:
    """Write the golden files, or with `--check` say which are stale."""
    if arguments == ["--check"]:
        found = stale()
        for path in found:
            print(f"{path} is stale; `make generate` writes it anew, then look at what changed")
        return 1 if found else 0
    for path, produce in GOLDEN.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(produce(), encoding="utf-8")
    return 0


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
