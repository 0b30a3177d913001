"""Suspects: files that were under work when a process died. One that was so twice is not read a third time.

A decoder can crash its process, and the batch would be tried for ever. So a file under work stands in its batch's
marker below OBIA_HOME/run/suspects, by intake id alone, a line each; what a death leaves there stays. Not fsynced: what
kills a process leaves the machine up.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from obia.schema.errors import Code, Rejected

_DEATHS = 2  # one mostly has another cause: a power cut, a kill -9


@dataclass(frozen=True, slots=True)
class Suspects:
    """The marker of one batch: how much of it earlier deaths left, and whom they name."""

    marker: Path
    left: int
    named: frozenset[str]

    @classmethod
    def of(cls, home: Path, batch: str) -> "Suspects":
        """What earlier attempts at a batch left behind."""
        marker = home / "run" / "suspects" / batch.replace("/", "-")
        marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = marker.read_text(encoding="ascii") if marker.exists() else ""
        deaths = Counter(text.split())
        return cls(marker, len(text), frozenset(each for each, times in deaths.items() if times >= _DEATHS))

    @contextmanager
    def under_work(self, intake_id: str) -> Iterator[None]:
        """Say that a file is under work, and that it no longer is. Raises Rejected for one that is named."""
        if intake_id in self.named:
            raise Rejected(f"intake {intake_id} killed who read it", Code.BAD_PIXELS)
        try:
            with self.marker.open("a", encoding="ascii") as stream:
                stream.write(f"{intake_id}\n")
            yield
        finally:
            with suppress(FileNotFoundError):  # another took the batch over, and ended it
                os.truncate(self.marker, self.left)  # needs no room on a full disk

    def forget(self) -> None:
        """Take the marker away: the batch is done."""
        self.marker.unlink(missing_ok=True)
