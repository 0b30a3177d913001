"""The corpus, planted once: the files as they would arrive, and the answers."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.midib.answers import Answer
from tests.midib.contenders import Files
from tests.midib.planting import plant_all
from tests.midib.scoring import score
from tests.midib.table import failures


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was planted."""

    files: Files
    answers: list[Answer]


def planted(folder: Path, rounds: int = 1) -> Corpus:
    answers = plant_all(folder, rounds)
    return Corpus({path.name: path.read_bytes() for path in folder.glob("*.dcm")}, answers)


def missed(corpus: Corpus, files: Files) -> list[str]:
    """What did not come true, by path, of all that no further option of PS3.15 asks for."""
    return [str(each) for each in failures(score(corpus.answers, files)) if not each.answer.needs]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Every source once, each person in three of them."""
    return planted(tmp_path_factory.mktemp("midib"))
