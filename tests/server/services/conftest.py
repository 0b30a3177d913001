"""Archives with a queue of their own and no graph of their own: real servers that start in a moment."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from obia.server.services import stop
from obia.server.settings import Settings

Make = Callable[[str], Settings]


@pytest.fixture
def make_archive(tmp_path: Path) -> Iterator[Make]:
    """Make settings of an archive by name; whatever runs in the end is stopped."""
    made = []

    def make(name: str) -> Settings:
        settings = Settings.load({"OBIA_HOME": str(tmp_path / name), "OBIA_GRAPH_URL": "bolt://127.0.0.1:1"})
        made.append(settings)
        return settings

    yield make
    for settings in made:
        stop(settings)


@pytest.fixture
def archive(make_archive: Make) -> Settings:
    """One such archive; nothing of it exists yet."""
    return make_archive("archive")
