"""Suspects: files over which a process ended. One over which two did is not read a third time.

A decoder can crash its process, and the batch would be tried for ever. So a file under work stands in its batch's
marker below OBIA_HOME/run/suspects, by intake id alone, a line each. The line is cleared when the work on the file ends
in order; a death leaves it there, and so does an exception that passes the border. Not fsynced: what kills a process
leaves the machine up.

A file that is decoded without end dies as well: a timer of the kernel ends the process, since no Python code runs while
a native library holds the interpreter (decision 0010).
"""

import os
import signal
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from obia.schema.errors import Code, ObiaError, Rejected

_DEATHS = 2  # one mostly has another cause: a power cut, a kill -9
_IN_ORDER = (ObiaError, OSError, KeyboardInterrupt)  # a refusal, a full or absent store, a user: no fault of the file


@dataclass(slots=True, weakref_slot=True)
class Suspects:
    """The marker of one batch: how many bytes of it earlier deaths left, and whom they name."""

    marker: Path
    left: int
    named: frozenset[str]
    seconds: float = 0.0
    """Processor time that one file may take, or 0 for any: then SIGPROF ends the process."""
    _descriptor: int | None = field(default=None, init=False)

    @classmethod
    def of(cls, home: Path, batch: str, seconds: float = 0.0) -> "Suspects":
        """What earlier attempts at a batch left behind."""
        marker = home / "run" / "suspects" / batch.replace("/", "-")
        marker.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = marker.read_text(encoding="ascii") if marker.exists() else ""
        deaths = Counter(text.split())
        return cls(marker, len(text), frozenset(each for each, times in deaths.items() if times >= _DEATHS), seconds)

    @contextmanager
    def under_work(self, intake_id: str) -> Iterator[None]:
        """Say that a file is under work, and that it no longer is. Raises Rejected for one that is named."""
        if intake_id in self.named:
            raise Rejected(f"intake {intake_id} killed who read it", Code.BAD_PIXELS)
        line, marker = f"{intake_id}\n".encode("ascii"), self._opened()
        os.pwrite(marker, line, self.left)
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        try:
            yield
        except BaseException as error:
            if not isinstance(error, _IN_ORDER):
                self.left += len(line)  # the next file stands behind it
                raise
            os.pwrite(marker, b" " * len(line), self.left)
            raise
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        os.pwrite(marker, b" " * len(line), self.left)  # needs no room on a full disk

    def _opened(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self.marker, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            weakref.finalize(self, os.close, self._descriptor)
        return self._descriptor

    def forget(self) -> None:
        """Take the marker away: the batch is done."""
        self.marker.unlink(missing_ok=True)
