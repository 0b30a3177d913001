"""Processes: the name of one on any host, and how it is known that it is gone: a lease need not run out for that."""

import os
import socket
from functools import cache
from pathlib import Path


@cache
def this_process() -> str:
    """The name of this process, as of the owner of a lease: host and boot, pid, start time."""
    return _owner(os.getpid())


def is_dead(owner: str) -> bool:
    """Whether the owner was a process of this host that is gone; of another host nothing is known."""
    host, _, rest = owner.partition("|")
    pid, _, _start = rest.partition("|")
    if not pid.isdigit():
        return True
    hostname, _, boot = host.partition("@")
    if hostname != socket.gethostname():
        return False
    return boot != _boot() or _owner(int(pid)) != owner


def _owner(pid: int) -> str:
    return f"{socket.gethostname()}@{_boot()}|{pid}|{_start_time(pid)}"


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def _start_time(pid: int) -> str:
    """A process's start time in clock ticks since boot, empty when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
