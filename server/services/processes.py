"""Processes that are not our children: told from later ones with the same number by when they started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1  # sys/prctl.h


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine, for as long as it lives."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Process":
        """The process that has this number now. Raises ProcessLookupError."""
        found = _look(pid)
        if found is None:
            raise ProcessLookupError(pid)
        return cls(pid, found[1])

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        found = _look(self.pid)
        return found is not None and found[0] not in "ZX" and found[1] == self.started

    @property
    def memory(self) -> int | None:
        """Resident bytes, if the system tells."""
        if not self.is_alive:
            return None
        if _LINUX:
            with contextlib.suppress(OSError):
                pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
                return int(pages) * os.sysconf("SC_PAGE_SIZE")
            return None
        kilobytes = _ps(self.pid, "rss=")
        return int(kilobytes) * 1024 if kilobytes.isdigit() else None

    def signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Wait until it is gone; say whether it is."""
        end = monotonic() + seconds
        while self.is_alive:
            if monotonic() > end:
                return False
            sleep(0.02)
        return True

    def end(self, seconds: float) -> bool:
        """Ask it to stop, then make it; say whether it was alive."""
        if not self.is_alive:
            return False
        self.signal(signal.SIGTERM)
        if not self.wait(seconds):
            self.signal(signal.SIGKILL)
            self.wait(seconds)
        return True


def _look(pid: int) -> tuple[str, str] | None:
    """The state of a process, one letter, and when it started, in words that stay the same while it lives."""
    if not _LINUX:
        state, _, started = _ps(pid, "state=,lstart=").partition(" ")
        return (state[:1], started.strip()) if started else None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    return fields[0], fields[19]  # fields 3 and 22 of proc(5); the latter in ticks since boot


def _ps(pid: int, column: str) -> str:
    done = subprocess.run(["ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def bound_to_parent() -> Callable[[], None] | None:
    """What a child calls before exec so that the kernel kills it when its parent dies; Linux alone can.

    The bond is to the thread that spawns: call Popen from the main thread.
    """
    if not _LINUX:
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

    def bind() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return bind
