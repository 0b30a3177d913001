"""A Maven repository, over HTTP or as a folder, asked with the environment's proxies and certificates."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obia.schema.errors import Code, ObiaError
from obia.server.services.artifacts import Artifact

if TYPE_CHECKING:
    import requests

_TRIES = 3
_SECONDS = 60  # without a byte
_CHUNK = 1 << 17


class Repository:
    """Where artifacts come from; several threads may ask it at once."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._own = threading.local()
        self._sessions: list[requests.Session] = []
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make every running transfer end."""
        self._stopped.set()

    def close(self) -> None:
        """Close every connection, once no transfer runs."""
        for session in self._sessions:
            session.close()

    @contextmanager
    def open(self, artifact: Artifact) -> Iterator[Iterator[bytes]]:
        """The artifact's bytes, in chunks. Raises ObiaError DOWNLOAD_FAILED."""
        url = f"{self._base}/{artifact.path}"
        if urlsplit(url).scheme == "file":
            with self._file(Path(url2pathname(urlsplit(url).path)), artifact) as stream:
                yield self._of_file(stream)
        else:
            with self._answer(url, artifact) as answer:
                yield self._of_answer(answer, artifact)

    def _file(self, path: Path, artifact: Artifact) -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as error:
            raise _failed(artifact, error.strerror or "unreadable") from error

    def _of_file(self, stream: BinaryIO) -> Iterator[bytes]:
        while not self._stopped.is_set() and (chunk := stream.read(_CHUNK)):
            yield chunk

    def _of_answer(self, answer: "requests.Response", artifact: Artifact) -> Iterator[bytes]:
        import requests

        try:
            for chunk in answer.iter_content(_CHUNK):
                if self._stopped.is_set():
                    raise _failed(artifact, "stopped")
                yield chunk
        except requests.RequestException as error:
            raise _failed(artifact, "the connection broke") from error

    def _answer(self, url: str, artifact: Artifact) -> "requests.Response":
        import requests

        for attempt in range(_TRIES):
            if self._stopped.is_set():
                raise _failed(artifact, "stopped")
            try:
                answer = self._session().get(url, stream=True, timeout=_SECONDS)
            except requests.RequestException as error:
                if attempt == _TRIES - 1:
                    raise _failed(artifact, "the repository does not answer") from error
            else:
                if answer.ok:
                    return answer
                answer.close()
                if answer.status_code < 500 or attempt == _TRIES - 1:
                    raise _failed(artifact, f"the repository answers {answer.status_code}")
            sleep(0.5 * 2**attempt)
        raise AssertionError("unreachable")

    def _session(self) -> "requests.Session":
        """One session a thread: requests promises no safety between threads, and a connection is used again."""
        import requests

        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._sessions.append(self._own.session)
            bundle = os.environ.get("SSL_CERT_FILE")
            if bundle and not os.environ.keys() & {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}:
                self._own.session.verify = bundle  # the one variable of the three that requests does not know
        session: requests.Session = self._own.session
        return session


def _failed(artifact: Artifact, reason: str) -> ObiaError:
    way_out = (
        "see to the network (HTTPS_PROXY, REQUESTS_CA_BUNDLE) or set OBIA_MAVEN_URL, then try again: what came is kept"
    )
    return ObiaError(f"{artifact.filename} could not be downloaded: {reason}; {way_out}", Code.DOWNLOAD_FAILED)
