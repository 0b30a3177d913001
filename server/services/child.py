"""A server as a child process: started, watched until it admits us, stopped; its last words turned into one clear line."""

import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

from obia.schema.errors import Code, ObiaError
from obia.server.services.credentials import Credentials, load_credentials
from obia.server.services.files import make_private
from obia.server.services.processes import Process

_PORTS = 3  # a port can be taken between the moment we find it free and the moment a server binds it
_TICK = 0.05  # s


class Server(Protocol):
    """A program that can be kept: its folder, its command, the word it says when it is ready."""

    name: str
    title: str
    folder: Path
    ready: bytes
    patience: float

    def prepare(self, credentials: Credentials) -> None:
        """Write what it reads."""
        ...

    def command(self) -> list[str]:
        """Its command line."""
        ...

    def environment(self) -> Mapping[str, str]:
        """Its environment."""
        ...

    def admits(self, credentials: Credentials) -> bool:
        """Whether a login works."""
        ...


class Stopping(Exception):
    """Control flow: somebody asked for a stop while a server was starting."""


class Child:
    """One server and its process."""

    def __init__(self, server: Server, log: Path, bind: Callable[[], None] | None) -> None:
        self.server = server
        self.credentials = load_credentials(server.folder) or Credentials.new()
        self.started_at = 0.0
        self._log = log
        self._bind = bind
        self._offset = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> Process:
        """The process, for others to find."""
        assert self._process is not None
        return Process.of(self._process.pid)

    @property
    def has_died(self) -> bool:
        """Whether it ended without being asked to."""
        return self._process is not None and self._process.poll() is not None

    def start(self, seconds: float, is_stopping: Callable[[], bool], tell: Callable[["Child"], None]) -> None:
        """Start it, on another port when its port is taken; `tell` hears of each process as soon as it runs."""
        for attempt in range(_PORTS):
            try:
                self._start(tell)
                self._wait(seconds, is_stopping)
            except ObiaError as error:
                self.stop()
                if error.code is not Code.PORT_TAKEN or attempt == _PORTS - 1:
                    raise
                self.credentials = self.credentials.on_another_port()
            else:
                return

    def restart(self, seconds: float, is_stopping: Callable[[], bool], tell: Callable[["Child"], None]) -> None:
        """Start it again on the port that clients know. Raises ObiaError PORT_TAKEN when another program took it."""
        self._start(tell)
        self._wait(seconds, is_stopping)

    def stop(self) -> None:
        """Ask it to stop, then make it."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(self.server.patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def ask_to_stop(self) -> None:
        """Ask and do not wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def _start(self, tell: Callable[["Child"], None]) -> None:
        make_private(self.server.folder)
        self.credentials.save(self.server.folder)
        self.server.prepare(self.credentials)
        self.started_at = monotonic()
        with self._log.open("ab") as log:
            self._offset = log.tell()
            self._process = subprocess.Popen(
                self.server.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.server.folder,
                env=dict(self.server.environment()),
                umask=0o077,
                preexec_fn=self._bind,  # noqa: PLW1509 - the supervisor has one thread
            )
        tell(self)

    def _wait(self, seconds: float, is_stopping: Callable[[], bool]) -> None:
        """Wait for the word, then for a login."""
        end = monotonic() + seconds
        while not (self.server.ready in self._said() and self.server.admits(self.credentials)):
            if is_stopping():
                raise Stopping
            if self.has_died:
                raise self._failure()
            if monotonic() > end:
                raise ObiaError(
                    f"{self.server.title} did not start within {seconds:.0f} s; see {self._log}", Code.SERVICE_FAILED
                )
            sleep(_TICK)
        if self.credentials.initial:
            self.credentials = self.credentials.settled()
            self.credentials.save(self.server.folder)

    def _said(self) -> bytes:
        with self._log.open("rb") as log:
            log.seek(self._offset)
            return log.read()

    def _failure(self) -> ObiaError:
        said, title = self._said(), self.server.title
        if b"ddress already in use" in said or b"BindException" in said:
            port = self.credentials.port
            return ObiaError(f"port {port} of {title} is taken by another program; stop that one", Code.PORT_TAKEN)
        if b"No space left on device" in said or b"File too large" in said:
            return ObiaError(f"{title} cannot start: the disk of {self.server.folder} is full", Code.DISK_FULL)
        if b"locked by another process" in said:
            return ObiaError(
                f"{title} cannot start: another process uses {self.server.folder}; stop that one", Code.SERVICE_FAILED
            )
        return ObiaError(f"{title} ended while it started; see {self._log}", Code.SERVICE_FAILED)
