"""What a server of ours is reached by: its port and password, kept beside its files so that a restart changes neither."""

import json
import secrets
import socket
from dataclasses import dataclass, replace
from pathlib import Path

from obia.schema.errors import Code, ObiaError
from obia.server.services.files import write_private
from obia.server.settings import Secret

_NAME = "credentials.json"
_BYTES = 24


@dataclass(frozen=True, slots=True)
class Credentials:
    """A loopback port and a password; `initial` is the throw-away one, until it has been changed."""

    port: int
    password: Secret
    initial: Secret | None = None

    @classmethod
    def new(cls) -> "Credentials":
        """A free port and new random passwords, in digits that no command line takes for an option."""
        return cls(_free_port(), Secret(secrets.token_hex(_BYTES)), Secret(secrets.token_hex(_BYTES)))

    def on_another_port(self) -> "Credentials":
        """The same passwords on a port that is free now."""
        return replace(self, port=_free_port())

    def settled(self) -> "Credentials":
        """The same, the throw-away password gone."""
        return replace(self, initial=None)

    def save(self, folder: Path) -> None:
        """Keep them, for their owner alone."""
        initial = self.initial.reveal() if self.initial else None
        table = {"port": self.port, "password": self.password.reveal(), "initial": initial}
        write_private(folder / _NAME, json.dumps(table))


def load_credentials(folder: Path) -> Credentials | None:
    """What was kept in this folder, if anything. Raises ObiaError SERVICE_FAILED for what cannot be read."""
    path = folder / _NAME
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        initial = table["initial"]
        return Credentials(int(table["port"]), Secret(table["password"]), Secret(initial) if initial else None)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ObiaError(f"{path} cannot be read; restore it from a backup", Code.SERVICE_FAILED) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
