"""The rendezvous: one private file by which every process of an archive finds its servers."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from obia.server.services.files import write_private
from obia.server.services.processes import Process
from obia.server.settings import Secret

_NAME = "services.json"


@dataclass(frozen=True, slots=True)
class Running:
    """One server: its process, its loopback port, its password."""

    process: Process
    port: int
    password: Secret


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """Who keeps the servers and which there are; `state` is starting, ready or stopping."""

    supervisor: Process
    state: str
    servers: Mapping[str, Running] = field(default_factory=dict)

    def with_server(self, name: str, running: Running) -> "Rendezvous":
        """The same with one server more, or another process of it."""
        return replace(self, servers={**self.servers, name: running})

    def write(self, home: Path) -> None:
        """Put it where others look."""
        servers = {
            name: {"process": asdict(each.process), "port": each.port, "password": each.password.reveal()}
            for name, each in self.servers.items()
        }
        table = {"supervisor": asdict(self.supervisor), "state": self.state, "servers": servers}
        write_private(home / "run" / _NAME, json.dumps(table, indent=1))


def read_rendezvous(home: Path) -> Rendezvous | None:
    """The rendezvous that lies there, stale or not; None if there is none that can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        table = json.loads((home / "run" / _NAME).read_text(encoding="utf-8"))
        servers = {
            name: Running(Process(**each["process"]), int(each["port"]), Secret(each["password"]))
            for name, each in table["servers"].items()
        }
        return Rendezvous(Process(**table["supervisor"]), table["state"], servers)
    return None


def remove_rendezvous(home: Path) -> None:
    """Take it away; nobody finds the servers any more."""
    (home / "run" / _NAME).unlink(missing_ok=True)
