"""The trusted zone without graph and queue: files through reading, de-identifying, checking and storing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from obia.server.host.plugins import load
from obia.server.intake.item import Item
from obia.server.intake.suspects import Suspects
from obia.server.intake.zone import Zone
from obia.server.keys import Keys
from obia.server.settings import Settings
from obia.server.store.files import FileStore

KEY = bytes(range(32))


def zone(home: Path) -> Zone:
    """The zone of a collection, with every built-in plugin."""
    plugins = load(Settings.load({"OBIA_HOME": str(home)}))
    return Zone("OBIA0001", Keys(KEY), plugins, FileStore(home / "store"), Suspects.of(home, "batch/0"))


def taken(of: Zone, paths: Sequence[Path]) -> Iterator[Item]:
    """What becomes of files, in their order."""
    reads = [of.read(f"{number:020x}", path) for number, path in enumerate(paths)]
    return of.clean(of.place(reads, frozenset(), {}), "batch")
