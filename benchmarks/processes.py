"""What processes cost: CPU seconds and resident memory, as the kernel counts them (proc(5))."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process now and at its highest, in MB of a million bytes."""

    now: float
    peak: float

    @classmethod
    def of(cls, pid: int) -> "Memory":
        """What a process holds."""
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        now, peak = (re.search(rf"{name}:\s+(\d+) kB", status) for name in ("VmRSS", "VmHWM"))
        assert now and peak
        return cls(int(now[1]) * 1024 / 1e6, int(peak[1]) * 1024 / 1e6)


def cpu_of(pid: int) -> float:
    """CPU seconds of a running process, its threads included: fields 14 and 15 of its stat."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True, slots=True)
class Obia:
    """The `obia` program on one archive."""

    environment: Mapping[str, str]

    @classmethod
    def at(cls, home: Path, inbox: Path) -> "Obia":
        """The program on the archive of a home."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OBIA_")}
        kept |= {name: os.environ[name] for name in ("OBIA_CACHE", "OBIA_MAVEN_URL") if name in os.environ}
        return cls({**kept, "OBIA_HOME": str(home), "OBIA_INBOX": str(inbox)})

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and let it run; its standard output is a pipe."""
        return subprocess.Popen(self._words(arguments), env=self.environment, stdout=subprocess.PIPE, text=True)

    def run(self, *arguments: str) -> tuple[str, float]:
        """Run a command; return what it printed and the CPU seconds of it and of its children that it waited for."""
        with TemporaryFile("w+", encoding="utf-8") as printed:
            process = subprocess.Popen(self._words(arguments), env=self.environment, stdout=printed)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"obia {arguments[0]} failed with exit status {process.returncode}")
            printed.seek(0)
            return printed.read(), usage.ru_utime + usage.ru_stime

    def _words(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-c", "from obia.server.cli import main; main()", *arguments]
