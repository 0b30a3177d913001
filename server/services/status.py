"""What runs: one line a service, its own or elsewhere, never a password."""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from obia.server.services.rendezvous import Rendezvous, read_rendezvous
from obia.server.settings import Settings

_SECONDS = 2.0
_DEFAULT_PORTS = {"redis": 6379, "rediss": 6379}
_BOLT = 7687


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service: `state` is up, starting, stopping or down; `pid` and `memory` (bytes) are known of our own alone."""

    name: str
    state: str
    address: str | None
    pid: int | None = None
    memory: int | None = None


def status(settings: Settings) -> list[ServiceStatus]:
    """How the graph and the queue are."""
    running = read_rendezvous(settings.home)
    if running is not None and not running.supervisor.is_alive:
        running = None
    return [
        _elsewhere("graph", settings.graph_url) if settings.graph_url else _own("graph", "bolt", running),
        _elsewhere("queue", settings.redis_url.reveal()) if settings.redis_url else _own("queue", "redis", running),
    ]


def _own(name: str, scheme: str, running: Rendezvous | None) -> ServiceStatus:
    server = running.servers.get(name) if running else None
    if running is None or server is None or not server.process.is_alive:
        return ServiceStatus(name, "down", None)
    state = "up" if running.state == "ready" else running.state
    address = f"{scheme}://127.0.0.1:{server.port}"
    return ServiceStatus(name, state, address, server.process.pid, server.process.memory)


def _elsewhere(name: str, url: str) -> ServiceStatus:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or _DEFAULT_PORTS.get(parts.scheme, _BOLT)
    address = f"{parts.scheme}://{host}:{port}"
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError:
        return ServiceStatus(name, "down", address)
    return ServiceStatus(name, "up", address)


def describe(service: ServiceStatus) -> str:
    """One line for a person."""
    line = f"{service.name:8} {service.state:8} {service.address or ''}"
    if service.pid is not None:
        line += f"  pid {service.pid}"
    if service.memory is not None:
        line += f"  {service.memory / 1e6:.0f} MB"
    return line.rstrip()
