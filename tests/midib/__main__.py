"""`python -m tests.midib` prints how ours and CTP's default actions do; `--page` writes docs/midib.md with it.

`plant FOLDER` writes the corpus and its answers there, `score FOLDER OUT` scores what anybody made of it: the files of
OUT bear the names of those in FOLDER.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.midib.answers import read_answers, write_answers
from tests.midib.page import PAGE, page, tables
from tests.midib.planting import plant_all
from tests.midib.scoring import score
from tests.midib.table import by_action, failures, markdown, weighted

ROUNDS = 8  # every source with every person


def main(arguments: Sequence[str], rounds: int = ROUNDS) -> int:
    """Do what the arguments say; the exit status is 1 where something is not as it should be."""
    match arguments:
        case []:
            with tempfile.TemporaryDirectory() as folder:
                print("\n".join(tables(Path(folder), rounds)))
        case ["--page"]:
            with tempfile.TemporaryDirectory() as folder:
                PAGE.write_text("\n".join(page(Path(folder), rounds)) + "\n", encoding="utf-8")
        case ["plant", folder]:
            place = Path(folder)
            place.mkdir(parents=True)
            write_answers(place / "answers.jsonl", plant_all(place, rounds))
        case ["score", folder, out]:
            files = {path.name: path.read_bytes() for path in Path(out).glob("*.dcm")}
            verdicts = score(read_answers(Path(folder) / "answers.jsonl"), files)
            print("\n".join(markdown("category", ["score"], [*by_action({"": verdicts}), weighted({"": verdicts})])))
            print(*failures(verdicts), sep="\n")
            return int(bool(failures(verdicts)))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
